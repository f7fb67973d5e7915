-- reserve --
-- Says which pictures are about to be put. Known ones are made young again, so that the collector
-- leaves them; one that is being deleted does not come back in the answer, unless who was at it is
-- silent for so long that it deletes nothing any more: then it is put anew.
insert into blobs (key, project_id, sha256, size, mime_type)
select n.key, %(project)s, decode(n.sha256, 'hex'), n.size, n.mime_type
from json_to_recordset(%(rows)s::json) as n (key text, sha256 text, size bigint, mime_type text)
order by n.key
on conflict (key) do update
set changed_at = now(), state = case blobs.state when 'deleting' then 'putting' else blobs.state end
where blobs.state <> 'deleting' or blobs.changed_at < now() - interval '10 minutes'
returning key, state = 'stored' as stored, changed_at;

-- hold --
-- Locks what a transaction is about to refer to, and says that its puts are finished. Keys that do
-- not come back are not in storage any more, or were reserved so long ago that nobody can say. What
-- is held is young when the transaction ends: the collector leaves it. Locked in the order of keys.
with mine as materialized (
  select b.key, b.state, b.changed_at
  from (select * from json_to_recordset(%(rows)s::json) as n (key text, put boolean) order by key) n
  cross join lateral (
    select key, state, changed_at from blobs
    where key = n.key and (state = 'stored' or state = 'putting' and n.put)
      and now() - %(reserved_at)s::timestamptz < interval '12 hours'
    offset 0 for no key update
  ) b
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
select key, size, mime_type, sha256, revoked_at is not null as revoked from blobs
where key = %(key)s and state = 'stored';

-- known --
-- What is said of a picture of any project, in whatever state it is.
select project_id as project, state, size, mime_type from blobs where key = %(key)s;

-- owner --
-- The project whose prefix a key has, if there is one.
select id from projects where handle = split_part(%(key)s, '/', 1);

-- refer --
-- Says that this transaction refers to a stored picture of the project, and locks it there until the
-- end; no row: it is not there any more. It is young from now on, and the collector leaves it.
update blobs set changed_at = now()
where key = %(key)s and project_id = %(project)s and state = 'stored'
returning revoked_at is not null as revoked;

-- register --
-- A row for what lay in storage before; one that somebody else has made meanwhile stays as it is.
insert into blobs (key, project_id, sha256, size, mime_type, state, registered)
values (%(key)s, %(project)s, %(sha256)s, %(size)s, %(mime_type)s, 'stored', true)
on conflict (key) do nothing;

-- revoke --
-- Serves a picture to nobody from now on.
update blobs set revoked_at = now(), revoke_note = %(note)s where key = %(key)s;

-- unrevoke --
-- Serves it again.
update blobs set revoked_at = null, revoke_note = null where key = %(key)s;
