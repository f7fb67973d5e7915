-- Lists of pictures that somebody gave on the page, kept for a day: looked at, then imported.
create table drafts (
  id bigint generated always as identity primary key,
  public_id text not null unique,
  project_id int not null references projects,
  name text not null,                      -- of the file; empty for what was pasted
  created_at timestamptz not null default now(),
  asked jsonb not null,                    -- how it is read, what its columns become, and where to
  found jsonb                              -- what would happen by the last look; null: not looked yet
);
create index drafts_of_project on drafts (project_id, id);
create table draft_blocks (
  draft_id bigint not null references drafts on delete cascade,
  number int not null,
  content bytea not null,
  primary key (draft_id, number)
);
