-- The only origins that get a project's webhook headers; null: any.
alter table project_secrets add column webhook_origins text[];
