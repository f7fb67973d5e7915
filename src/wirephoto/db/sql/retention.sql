-- begin_chore --
-- Takes a chore that nobody began for so long; no row: another has it.
insert into chores as c (name) values (%(name)s)
on conflict (name) do update set begun_at = now()
where c.begun_at < now() - make_interval(secs => %(seconds)s::float8)
returning name;

-- due --
-- Jobs that ended so long ago, the oldest first, locked: a retry or a resend that is at one keeps it.
select id from spent_jobs where finished_at < now() - make_interval(days => %(days)s::int)
order by finished_at limit 100
for update skip locked;

-- still_spent --
-- Those of the locked jobs that nothing was added to before they were locked, as many as have so many
-- images together, and one at least.
select id, total from (
  select id, total, sum(total) over oldest as images, row_number() over oldest as place
  from spent_jobs where id = any (%(jobs)s::bigint[])
  window oldest as (order by finished_at, id)
) s
where images <= %(images)s or place = 1;

-- remember --
-- What the histories of entries say of them.
insert into past_jobs (id, public_id, token_id)
select id, public_id, token_id from jobs where id = any (%(jobs)s::bigint[])
on conflict (id) do nothing;

-- remove_results --
-- Their rows.
delete from results where job_id = any (%(jobs)s::bigint[]);

-- remove_images --
-- What they asked for.
delete from images where job_id = any (%(jobs)s::bigint[]);

-- remove_deliveries --
-- Their webhooks; the tries go with them.
delete from deliveries where job_id = any (%(jobs)s::bigint[]);

-- remove_jobs --
-- They themselves.
delete from jobs where id = any (%(jobs)s::bigint[]);

-- would_go --
-- How much that would be now.
select count(*) as jobs, coalesce(sum(total), 0)::bigint as images
from spent_jobs where finished_at < now() - make_interval(days => %(days)s::int);

-- remove_sessions --
-- Sessions of people that are over, some at a time.
delete from sessions where digest in (select digest from sessions where expires_at < now() limit 5000);

-- count_sessions --
-- How many that would be.
select count(*) as n from sessions where expires_at < now();

-- unused --
-- Of the next pictures by their keys those that no entry refers to and nobody touched for so long, and
-- those whose removal was broken off. The collector asks again before it takes one.
with next_ones as materialized (
  select key, size, state, changed_at, revoked_at, registered from blobs
  where key > %(after)s order by key limit %(most)s
), free as (
  select key, size from next_ones b
  where b.state = 'deleting' and b.changed_at < now() - interval '10 minutes'
    or b.state <> 'deleting' and b.changed_at < now() - make_interval(days => %(days)s::int)
      and b.revoked_at is null and not b.registered and not exists (select from entries e where e.asset_key = b.key)
)
select (select max(key) from next_ones) as last, array(select key from free order by key) as keys,
  (select coalesce(sum(size), 0)::bigint from free) as bytes;
