-- find --
-- The request that used a key within a day.
select digest, job from request_keys
where project_id = %(project)s and key = %(key)s and created_at > now() - interval '24 hours';

-- claim --
-- Takes a key for this transaction, a forgotten one as well; no row: another request has it. Waits
-- for one that is about to take it, and takes it when that one is rolled back.
insert into request_keys as k (project_id, key, digest, job)
values (%(project)s, %(key)s, %(digest)s, %(job)s)
on conflict (project_id, key) do update
set digest = excluded.digest, job = excluded.job, created_at = excluded.created_at
where k.created_at <= now() - interval '24 hours'
returning job;

-- forget --
-- Keys that are a day old, some at a time.
delete from request_keys k
using (
  select project_id, key from request_keys
  where created_at <= now() - interval '24 hours'
  order by created_at
  limit 10000
  for update skip locked
) old
where k.project_id = old.project_id and k.key = old.key;
