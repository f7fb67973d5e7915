-- may_remove --
-- Whether no backup is being taken; none begins before this transaction has ended.
select pg_try_advisory_xact_lock_shared(1650550635) as free;

-- claim --
-- Takes pictures that nobody refers to and nobody touched for a day, and removals that were broken
-- off; what was revoked must be known again, and what was registered is its owner's. One statement: a reference that is made meanwhile has made its row young or holds its lock.
with mine as materialized (
  select b.key from blobs b
  where b.key = any (%(keys)s::text[]) and (
    b.state <> 'deleting' and b.changed_at < now() - interval '1 day'
      and b.revoked_at is null and not b.registered and not exists (select from entries e where e.asset_key = b.key)
    or b.state = 'deleting' and b.changed_at < now() - interval '10 minutes'
  )
  order by b.key for no key update skip locked
)
update blobs set state = 'deleting', changed_at = now() from mine where blobs.key = mine.key
returning blobs.key, blobs.changed_at;

-- adopt --
-- A row for an object that has none, which says that it is being deleted; none where one is by now.
insert into blobs (key, project_id, sha256, size, mime_type, state)
select %(key)s, id, %(sha256)s, %(size)s, %(mime_type)s, 'deleting' from projects where handle = %(project)s
on conflict (key) do nothing
returning key, changed_at;

-- forget --
-- The object is gone: its row goes, too, if it is still ours to remove.
delete from blobs where key = %(key)s and state = 'deleting' and changed_at = %(claimed_at)s;

-- storage_key --
-- The secret that names a project's pictures.
select s.storage_key from project_secrets s join projects p on p.id = s.project_id where p.handle = %(project)s;
