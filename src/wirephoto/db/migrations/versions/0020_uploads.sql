-- Pictures that their client sends itself: bytes of a project that wait to be imported.
create table uploads (
  id bigint generated always as identity primary key,
  public_id text not null unique,
  project_id int not null references projects,
  sha256 bytea not null,
  size bigint not null,
  key text not null,                       -- in storage
  borrowed boolean not null default false, -- the key is that of a picture of the library, which stays
  state text not null default 'wanted' check (state in ('wanted', 'stored', 'removing')),
  awaited boolean not null default true,   -- since it was last announced no import has named it
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
-- The same bytes are one upload, whoever announces them.
create unique index uploads_of_project on uploads (project_id, sha256) where state <> 'removing';
create index uploads_expiring on uploads (expires_at);
create index uploads_removing on uploads (id) where state = 'removing';

-- Images that are made of one. While any of them has no final row, it stays.
create table upload_uses (
  upload_id bigint not null references uploads on delete cascade,
  job_id bigint not null,
  position int not null,
  primary key (upload_id, job_id, position)
);
