-- reserve --
-- Says which pictures are about to be put. Known ones are made young again, so that the collector
-- leaves them; one that is being deleted does not come back in the answer, unless who was at it is
-- silent for so long that it deletes nothing any more: then it is put anew.
insert into blobs (key, project_id, sha256, size, mime_type)
select n.key, %(project)s, n.sha256, n.size, n.mime_type
from unnest(%(keys)s::text[], %(sha256)s::bytea[], %(sizes)s::bigint[], %(mime_types)s::text[])
  as n (key, sha256, size, mime_type)
order by n.key
on conflict (key) do update
set changed_at = now(), state = case blobs.state when 'deleting' then 'putting' else blobs.state end
where blobs.state <> 'deleting' or blobs.changed_at < now() - interval '10 minutes'
returning key, state = 'stored' as stored, changed_at;

-- hold --
-- Locks what a transaction is about to refer to, and says that its puts are finished. Keys that do
-- not come back are not in storage any more, or were reserved so long ago that nobody can say. What
-- is held is young when the transaction ends: the collector leaves it.
with mine as materialized (
  select key, state, changed_at from blobs
  where key = any (%(keys)s::text[]) and (state = 'stored' or state = 'putting' and key = any (%(put)s::text[]))
    and now() - %(reserved_at)s::timestamptz < interval '12 hours'
  order by key for no key update
), written as (
  update blobs set state = 'stored', changed_at = now() from mine
  where blobs.key = mine.key and (mine.state = 'putting' or mine.changed_at < now() - interval '1 hour')
)
select key from mine;

-- let_go --
-- Pictures that an entry referred to until now: their day begins. Who holds one of them makes it
-- young, too; waiting for it could be a deadlock.
with mine as materialized (
  select key from blobs where key = any (%(keys)s::text[]) order by key for no key update skip locked
)
update blobs set changed_at = now() from mine where blobs.key = mine.key and blobs.state <> 'deleting';

-- find --
-- A stored picture by its key.
select key, size, mime_type, sha256 from blobs where key = %(key)s and state = 'stored';
