-- Entries that people change, assets that are revoked, pictures that lay in storage before.

-- A revoked picture is served to nobody, whichever entry refers to it; its row and object stay, so that
-- the same bytes are revoked when they are imported again.
-- What was registered is its owner's: it was not put by us, and is not removed by us.
alter table blobs
  add column revoked_at timestamptz,
  add column revoke_note text,
  add column registered boolean not null default false;
create index blobs_revoked on blobs (project_id, key) where revoked_at is not null;

alter table entries
  add column archived_at timestamptz,
  add column created_by bigint;            -- the job that made it; null: a registration, or an older release

-- What changed an entry, once it was there: that an import made it stands in the entry itself. Written
-- in the transaction of the change; `version` is the one that the entry had after it.
create table entry_changes (
  entry_id text not null,
  version int not null,
  at timestamptz not null default now(),
  kind text not null check (kind in ('import', 'edit', 'registration')),
  job_id bigint,
  token_id int references tokens,
  changes jsonb not null,                  -- [{"path", "from", "to"}]
  primary key (entry_id, version)
);
create index entry_changes_age on entry_changes using brin (at);
