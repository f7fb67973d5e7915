-- Tokens that people make on the pages, by a token of their own.
alter table tokens add column made_by int references tokens;  -- null: by the operator
create index tokens_project on tokens (project_id, id);
