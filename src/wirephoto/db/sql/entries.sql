-- lock_pairs --
-- Entries of these pairs as they are, locked in the order of their ids outside (no deadlocks).
select id, external_id, version, media_type, title, metadata, asset_key, asset_size, width, height,
  mime_type, file_name, rank, source_url, etag, last_modified
from entries
where project_id = %(project)s and system_name = %(system_name)s and external_id = any (%(external_ids)s::text[])
order by external_id
for no key update;

-- insert --
-- New entries; a pair that somebody else has made meanwhile does not come back in the answer.
insert into entries (id, project_id, system_name, external_id, media_type, title, metadata, asset_key,
  asset_size, width, height, mime_type, file_name, rank, source_url, etag, last_modified)
select n.id, %(project)s, %(system_name)s, n.external_id, n.media_type, n.title, n.metadata::jsonb, n.asset_key,
  n.asset_size, n.width, n.height, n.mime_type, n.file_name, %(rank)s, n.source_url, n.etag, n.last_modified
from json_to_recordset(%(rows)s::json) as n (id text, external_id text, media_type text, title text, metadata text,
  asset_key text, asset_size bigint, width int, height int, mime_type text, file_name text, source_url text,
  etag text, last_modified text)
order by n.external_id
on conflict on constraint entries_pair do nothing
returning external_id;

-- update --
-- Entries that changed.
update entries e
set version = e.version + 1, media_type = n.media_type, title = n.title, metadata = n.metadata::jsonb,
  asset_key = n.asset_key, asset_size = n.asset_size, width = n.width, height = n.height,
  mime_type = n.mime_type, file_name = n.file_name, rank = %(rank)s, source_url = n.source_url,
  etag = n.etag, last_modified = n.last_modified, updated_at = now()
from unnest(%(id)s::text[], %(external_id)s::text[], %(media_type)s::text[], %(title)s::text[],
  %(metadata)s::text[], %(asset_key)s::text[], %(asset_size)s::bigint[], %(width)s::int[], %(height)s::int[],
  %(mime_type)s::text[], %(file_name)s::text[], %(source_url)s::text[], %(etag)s::text[], %(last_modified)s::text[])
  as n (id, external_id, media_type, title, metadata, asset_key, asset_size, width, height, mime_type,
    file_name, source_url, etag, last_modified)
where e.id = n.id;

-- touch --
-- Entries that a later job found unchanged: it decided them all the same, and knows newer validators.
update entries e
set rank = %(rank)s, source_url = n.source_url, etag = n.etag, last_modified = n.last_modified
from unnest(%(id)s::text[], %(source_url)s::text[], %(etag)s::text[], %(last_modified)s::text[])
  as n (id, source_url, etag, last_modified)
where e.id = n.id;

-- by_ids --
-- Entries of a project by their ids, in the order asked.
select e.id, e.version, e.system_name, e.external_id, e.media_type, e.title, e.metadata, e.asset_key, e.asset_size,
  e.width, e.height, e.mime_type, e.file_name, e.created_at, e.updated_at
from unnest(%(ids)s::text[]) with ordinality as asked (id, place)
join entries e on e.id = asked.id
where e.project_id = %(project)s
order by asked.place;

-- by_pair --
-- The entry of a pair.
select e.id, e.version, e.system_name, e.external_id, e.media_type, e.title, e.metadata, e.asset_key, e.asset_size,
  e.width, e.height, e.mime_type, e.file_name, e.created_at, e.updated_at
from entries e
where e.project_id = %(project)s and e.system_name = %(system_name)s and e.external_id = %(external_id)s;

-- compare --
-- Entries that images would meet, and whether all that is known of an image is as the entry has it.
-- `offset 0` keeps each look-up an index probe.
select n.position, e.id as entry,
  e.title = n.title and e.media_type = n.media_type and e.metadata = n.metadata::jsonb
    and e.source_url is not distinct from n.url as same
from json_to_recordset(%(rows)s::json) as n (position int, external_id text, media_type text, title text,
  metadata text, url text)
cross join lateral (
  select id, title, media_type, metadata, source_url from entries
  where project_id = %(project)s and system_name = %(system_name)s and external_id = n.external_id offset 0
) e;
