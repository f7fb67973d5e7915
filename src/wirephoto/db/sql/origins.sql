-- lease --
-- This worker's part of each origin's connection limit.
select * from lease_origins(%(worker)s, %(names)s::text[], %(busy)s::int[], %(limit)s);

-- give_back --
-- Origins that this worker has no chunk for any more.
delete from origin_leases where worker_id = %(worker)s and origin = any (%(names)s::text[]);

-- note --
-- How tries went: an answer clears the count, misses in a row add up and park the origin.
update origins o
set unreachable = case when n.answered then 0 else o.unreachable + n.misses end,
  parked_at = case when n.answered then null
    when o.unreachable + n.misses >= %(park_after)s then coalesce(o.parked_at, now()) else o.parked_at end,
  probe_at = case when n.answered then null
    when o.unreachable + n.misses >= %(park_after)s then now() + interval '30 seconds' else o.probe_at end,
  slow_until = greatest(o.slow_until, now() + make_interval(secs => n.slow_seconds))
from unnest(%(names)s::text[], %(answered)s::boolean[], %(misses)s::int[], %(slow_seconds)s::float8[])
  as n (name, answered, misses, slow_seconds)
where o.name = n.name;
