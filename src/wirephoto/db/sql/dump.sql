-- alone --
-- Whether no other backup of this database is at work; ours until the connection is closed.
select pg_try_advisory_lock(1650550636) as mine;

-- keep_pictures --
-- Wait for whoever is choosing pictures to remove; from then on nobody does until the connection is
-- closed.
select pg_advisory_lock(1650550635);

-- pictures --
-- How many files storage has, and their bytes: about, since imports go on.
select b.pictures + r.pictures as pictures, b.octets + r.octets as octets
from (select count(*) as pictures, coalesce(sum(size), 0)::bigint as octets from blobs where state = 'stored') b,
  (select count(*) as pictures, coalesce(sum(size), 0)::bigint as octets from renditions where state = 'stored') r;

-- installation --
-- What tells this installation from others, also after a restore: no secret, and made of one.
select encode(sha256(storage_key), 'hex') as installation from project_secrets order by project_id limit 1;

-- let_go --
-- Both locks, at once: the end of a connection is noticed a moment later.
select pg_advisory_unlock_all();

-- nobody_works --
-- Who worked on the database that was copied does not work on the copy: its tasks are free at once.
with queue as (update procrastinate_workers set last_heartbeat = '-infinity')
update workers set heartbeat_at = '-infinity';
