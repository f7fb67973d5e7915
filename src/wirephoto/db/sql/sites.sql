-- of_job --
-- Where the pictures of a job come from, each site as it is written in their URLs. All of the job is
-- read, and cut by slashes: by a pattern, as below, it takes more than twice as long.
select case when lower(left(url, 4)) = 'http' and split_part(url, '/', 2) = '' then
    split_part(split_part(split_part(url, '/', 1) || '//' || split_part(url, '/', 3), '?', 1), '#', 1)
  end as site, count(*) as images
from images where job_id = %(job)s group by site order by images desc limit %(limit)s;

-- lately --
-- What came of the pictures of a job that lie furthest behind: of each site the last, and how many in
-- ten seconds. A job is done by position, so these are the latest, but for those that are tried again.
select distinct on (site) site, state, code, reason, http_status, finished_at,
  count(*) filter (where finished_at > now() - interval '10 seconds') over (partition by site) as recent
from (
  select substring(i.url from '^[a-zA-Z]+://[^/?#]+') as site, r.state, r.code, r.reason, r.http_status, r.finished_at,
    r.position
  from (
    select * from results where job_id = %(job)s order by position desc limit %(limit)s
  ) r
  cross join lateral (
    select url from images where job_id = %(job)s and position = r.position offset 0
  ) i
) s
where site is not null and state <> 'cancelled'
order by site, finished_at desc, position desc;

-- moods --
-- How origins are: what all workers have open there, and whether they rest.
select n.name as origin,
  coalesce((select sum(l.connections) from origin_leases l where l.origin = n.name), 0)::int as connections,
  coalesce(o.unreachable, 0) as unreachable, o.parked_at, o.probe_at,
  case when o.slow_until > now() then o.slow_until end as slow_until
from unnest(%(names)s::text[]) as n (name)
left join origins o on o.name = n.name;
