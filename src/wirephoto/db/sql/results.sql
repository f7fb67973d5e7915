-- insert --
-- What became of a chunk's images; a row that is there already stays as it is.
insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type,
  code, reason, retryable, http_status)
select %(job)s, n.*
from json_to_recordset(%(rows)s::json) as n (position int, state text, attempts smallint, title text, entry_id text,
  asset_key text, width int, height int, mime_type text, code text, reason text, retryable boolean, http_status smallint)
on conflict (job_id, position) do nothing
returning state;

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
