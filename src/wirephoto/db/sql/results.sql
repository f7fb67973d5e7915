-- cancel_rest --
-- The final row of every image that has none; `tries` by position, of those that were tried.
insert into results (job_id, position, state, attempts, title, code, reason, retryable)
select i.job_id, i.position, 'cancelled', coalesce((%(tries)s::jsonb ->> i.position::text)::smallint, 0), i.file_name,
  'cancelled', %(reason)s, true
from images i
where i.job_id = %(job)s
  and not exists (select from results where job_id = i.job_id and position = i.position offset 0)
on conflict (job_id, position) do nothing;

-- rows --
-- A block of a job's rows in the order posted, behind a position. `offset 0` inside keeps each
-- look-up an index probe: with statistics from before the job, a join reads all of its results for
-- each image.
select i.position, i.external_id, i.file_name, r.state, r.attempts, r.title, r.entry_id, r.asset_key, r.width,
  r.height, r.mime_type, r.code, r.reason, r.retryable, r.http_status
from images i
cross join lateral (
  select * from results where job_id = i.job_id and position = i.position offset 0
) r
where i.job_id = %(job)s and i.position > %(after)s and (%(state)s::text is null or r.state = %(state)s)
order by i.position
limit %(limit)s offset %(offset)s;

-- exported --
-- Final rows of a job after a position, each with what was asked for. Blocks by position, not a
-- cursor: a reader that is slow or gone holds no connection.
select r.position, i.url, i.external_id, i.file_name, i.media_type, i.metadata::text as metadata,
  i.checksum, encode(i.sha256, 'hex') as sha256, r.state, r.code,
  r.reason, r.retryable, r.http_status, r.attempts, r.entry_id
from (
  select * from results
  where job_id = %(job)s and position > %(after)s and (%(state)s::text is null or state = %(state)s)
  order by position
  limit %(limit)s
) r
cross join lateral (
  select * from images where job_id = r.job_id and position = r.position offset 0
) i
order by r.position;

-- is_versioned --
-- Whether some image of a job carries a checksum or a SHA-256.
select versioned from jobs where id = %(job)s;

-- text_properties --
-- Names of the metadata that are texts in any of a job's final rows.
select distinct m.key as name
from results r
cross join lateral (
  select metadata from images where job_id = r.job_id and position = r.position offset 0
) i
cross join lateral json_each(i.metadata) m
where r.job_id = %(job)s and (%(state)s::text is null or r.state = %(state)s) and json_typeof(m.value) = 'string'
order by name
limit %(limit)s;
