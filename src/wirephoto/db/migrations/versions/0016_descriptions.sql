-- What pictures look like: a blurred preview, a colour, and 64 bits by which the alike are found.

-- Work that is left, some pictures a row: written with them, gone when they are described.
create table undescribed (
  id bigint generated always as identity primary key,
  keys text[] not null,
  tries smallint not null default 0,       -- the fence, too: each claim raises it
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index undescribed_due on undescribed (due_at);

create table descriptions (
  key text primary key references blobs on delete cascade,
  project_id int not null references projects,
  blurhash text,
  dominant_color text,
  difference_hash bigint,                  -- null: it cannot be decoded, and is not tried again
  described_at timestamptz not null default now()
);
-- Two hashes that differ in few bits differ in very few in one of their four parts.
create index descriptions_part_0 on descriptions (project_id, ((difference_hash & 65535)::int));
create index descriptions_part_1 on descriptions (project_id, ((difference_hash >> 16 & 65535)::int));
create index descriptions_part_2 on descriptions (project_id, ((difference_hash >> 32 & 65535)::int));
create index descriptions_part_3 on descriptions (project_id, ((difference_hash >> 48 & 65535)::int));

-- Pictures that are there already.
insert into undescribed (keys)
select array_agg(key order by key) from (
  select key, row_number() over (order by key) / 64 as block from blobs
  where state = 'stored' and mime_type <> 'image/svg+xml'
) stored
group by block;
