-- Pictures made smaller, beside their originals: gone with them. `key` is theirs in storage.
create table renditions (
  key text primary key,
  original text not null references blobs on delete cascade,
  state text not null default 'making' check (state in ('making', 'stored', 'failed')),
  size bigint,
  sha256 bytea,
  problem text,                            -- of one that failed, in words
  changed_at timestamptz not null default now()
);
create index renditions_original on renditions (original, changed_at);
