-- lease --
-- This worker's part of each origin's connection limit, and what is known of the origin.
select * from lease_connections(%(worker)s, %(names)s::text[], %(used)s::int[], %(wanted)s::int[],
  %(urgent)s::int[], %(limit)s, %(probe_seconds)s);

-- listen --
-- Calls of other workers' first chunks for connections.
listen origin_leases;

-- moods --
-- What other workers found out about origins.
select name as origin,
  case when parked_at is null then 0.0::float8
    else greatest(0.5, extract(epoch from probe_at - now()))::float8 end as parked_seconds,
  greatest(0.0, coalesce(extract(epoch from slow_until - now()), 0.0))::float8 as slow_seconds
from origins where name = any (%(names)s::text[]);

-- give_back --
-- Origins that this worker has no connection to any more.
delete from origin_leases where worker_id = %(worker)s and origin = any (%(names)s::text[]);

-- note --
-- How tries went: an answer clears the count, misses in a row add up and park the origin. Sorted, so
-- that two workers never wait for each other.
insert into origins as o (name, unreachable, parked_at, probe_at, slow_until, changed_at)
select n.name, n.misses,
  case when n.misses >= %(park_after)s then now() end,
  case when n.misses >= %(park_after)s then now() + make_interval(secs => %(probe_seconds)s) end,
  now() + make_interval(secs => n.slow_seconds), now()
from unnest(%(names)s::text[], %(misses)s::int[], %(slow_seconds)s::float8[]) as n (name, misses, slow_seconds)
order by n.name
on conflict (name) do update
set unreachable = case when excluded.name = any (%(cleared)s::text[]) then 0 else o.unreachable + excluded.unreachable end,
  parked_at = case when excluded.name = any (%(cleared)s::text[]) then null
    when o.unreachable + excluded.unreachable >= %(park_after)s then coalesce(o.parked_at, now()) else o.parked_at end,
  probe_at = case when excluded.name = any (%(cleared)s::text[]) then null
    when o.unreachable + excluded.unreachable >= %(park_after)s
    then now() + make_interval(secs => %(probe_seconds)s) else o.probe_at end,
  slow_until = greatest(o.slow_until, excluded.slow_until),
  changed_at = now();

-- tidy_leases --
-- Leases of workers that are gone for good.
delete from origin_leases l
where l.asked_at < now() - interval '1 minute' and not may_be_connected(l.worker_id, l.asked_at);

-- tidy_moods --
-- Origins in no mood any more, and those that nobody asked for in a day.
delete from origins
where (unreachable = 0 and parked_at is null and coalesce(slow_until, '-infinity') < now() and changed_at < now() - interval '1 minute')
  or changed_at < now() - interval '1 day';
