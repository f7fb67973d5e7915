-- settle --
-- What a part of a chunk has come to, last in its transaction: final rows of its images (one that is
-- there already stays as it is), new pictures, which somebody describes later, and entries, which
-- somebody makes ready to be searched; counted at the job. `skipped` is how many have their rows
-- already. Who settles the last of a job closes it, and sees it. One statement: each costs a worker
-- and the server a way there and back, beside its work.
with settled as (
  insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type,
    code, reason, retryable, http_status)
  select %(job)s, n.*
  from json_to_recordset(%(rows)s::json) as n (position int, state text, attempts smallint, title text, entry_id text,
    asset_key text, width int, height int, mime_type text, code text, reason text, retryable boolean, http_status smallint)
  on conflict (job_id, position) do nothing
  returning state
), to_describe as (
  insert into undescribed (keys) select %(put)s::text[] where %(put)s::text[] <> '{}'
), to_search as (
  insert into search_queue (project_id, entry_ids)
  select %(project)s, %(written)s::text[] where %(written)s::text[] <> '{}'
), counted as (
  select count(*) + %(skipped)s as done, count(*) filter (where state = 'success') as success,
    count(*) filter (where state = 'skipped') + %(skipped)s as skipped,
    count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'cancelled') as cancelled
  from settled
)
update jobs j
set done = j.done + c.done, success = j.success + c.success, skipped = j.skipped + c.skipped,
  failed = j.failed + c.failed, cancelled = j.cancelled + c.cancelled,
  state = case when j.done + c.done = j.total and j.state in ('queued', 'started') then 'success' else j.state end,
  finished_at = case when j.done + c.done = j.total then coalesce(j.finished_at, now()) else j.finished_at end
from counted c
where j.id = %(job)s and j.done < j.total and c.done > 0
returning j.done = j.total as finished, j.id, j.public_id, j.project_id, j.state, j.webhook, j.context, j.total,
  j.success, j.skipped, j.failed, j.cancelled,
  greatest(0, extract(epoch from j.accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

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
