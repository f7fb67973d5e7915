-- reserve --
-- Says which pictures are about to be put. Known ones are made young again, so that the collector
-- leaves them; one that is being deleted does not come back in the answer.
insert into blobs (key, project_id, sha256, size, mime_type)
select n.key, %(project)s, n.sha256, n.size, n.mime_type
from unnest(%(keys)s::text[], %(sha256)s::bytea[], %(sizes)s::bigint[], %(mime_types)s::text[])
  as n (key, sha256, size, mime_type)
order by n.key
on conflict (key) do update set changed_at = now() where blobs.state <> 'deleting'
returning key, state = 'stored' as stored;

-- mark_stored --
-- The puts are finished; part of the catalogue transaction.
with mine as materialized (
  select key from blobs where key = any (%(keys)s::text[]) and state = 'putting'
  order by key for no key update
)
update blobs set state = 'stored', changed_at = now() from mine where blobs.key = mine.key;

-- find --
-- A stored picture by its key.
select key, size, mime_type, sha256 from blobs where key = %(key)s and state = 'stored';
