-- People who are signed in on the page, by a token or by the link that `serve` prints.
create table sessions (
  digest bytea primary key,                -- SHA-256 of the cookie; the cookie itself is nowhere
  project_id int not null references projects,
  token_id int references tokens,          -- null: by the link, on the machine itself
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_expiry on sessions (expires_at);
