-- What pictures say of themselves, and which properties of an entry came from where.

-- The record of a picture's embedded metadata, once for all entries that share its bytes. No row: it
-- had none. It goes with its picture.
create table embedded (
  asset_key text primary key references blobs (key) on delete cascade,
  record jsonb not null,                   -- {"fields": {...}, "notes": [...], ...}
  read_at timestamptz not null default now()
);

-- Property to who set it: "embedded" or "editor". One that is not named was set by the caller of the
-- import, so most rows hold nothing. A property that is named "editor" and is not in metadata was
-- removed by an edit: what is embedded does not bring it back.
alter table entries add column origins jsonb not null default '{}';

-- Embedded values that broke the rule of their property, a text each; null: none.
alter table entries add column left_out jsonb;
