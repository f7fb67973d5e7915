-- pictures --
-- The latest pictures of some jobs, a few each: the last by position that are in the library. Of what
-- was revoked or removed since, more are looked at, and behind what failed 5,000 rows at most: not the
-- whole job.
select j.id as job, p.asset_key, p.title, p.width, p.height, p.entry_id
from unnest(%(jobs)s::bigint[]) as j (id)
cross join lateral (
  select l.* from (
    select r.asset_key, r.title, r.width, r.height, r.entry_id, r.position
    from (
      select * from results where job_id = j.id order by position desc limit 5000
    ) r
    where r.asset_key is not null
    order by r.position desc
    limit 4 * %(limit)s::int
  ) l
  where exists (select from blobs b where b.key = l.asset_key and b.revoked_at is null)
  order by l.position desc
  limit %(limit)s
) p
order by j.id, p.position desc;

-- causes --
-- Failures of a job by code and reason, the most frequent first; an example of each.
select r.code, r.reason, count(*) as images, bool_or(r.retryable) as retryable, min(r.http_status) as http_status,
  min(r.position) as example
from results r
where r.job_id = %(job)s and r.state = 'failed'
group by r.code, r.reason
order by images desc, r.code, r.reason
limit %(limit)s;

-- urls --
-- What was asked for at some positions of a job.
select position, url, external_id from images where job_id = %(job)s and position = any (%(positions)s::int[]);

-- images --
-- A block of a job's images behind a position, each with its final row if it has one.
select i.position, i.external_id, i.file_name, i.url, r.state, r.title, r.entry_id, b.key as asset_key, r.width, r.height,
  r.mime_type, r.code, r.reason, r.retryable, r.http_status, r.finished_at
from images i
left join lateral (
  select * from results where job_id = i.job_id and position = i.position offset 0
) r on true
left join blobs b on b.key = r.asset_key and b.revoked_at is null
where i.job_id = %(job)s and i.position > %(after)s
order by i.position
limit %(limit)s;

-- settled --
-- A block of a job's final rows in a state behind a position; `code` narrows.
select r.position, i.external_id, i.file_name, i.url, r.state, r.title, r.entry_id, b.key as asset_key, r.width, r.height,
  r.mime_type, r.code, r.reason, r.retryable, r.http_status, r.finished_at
from (
  select * from results
  where job_id = %(job)s and position > %(after)s and state = %(state)s and (%(code)s::text is null or code = %(code)s)
  order by position
  limit %(limit)s
) r
cross join lateral (
  select * from images where job_id = r.job_id and position = r.position offset 0
) i
left join blobs b on b.key = r.asset_key and b.revoked_at is null
order by r.position;
