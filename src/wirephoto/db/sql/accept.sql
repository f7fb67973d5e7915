-- insert_job --
-- The job's row; its rank, the order of acceptance, is its own id or that of the job it retries.
with job as (select nextval(pg_get_serial_sequence('jobs', 'id')) as id)
insert into jobs (id, public_id, project_id, snapshot_id, token_id, rank, system_name, webhook, context, total, retry_of,
  update_policy, versioned, traceparent)
overriding system value
select job.id, %(public_id)s, %(project)s, %(snapshot)s, %(token)s, coalesce(%(rank)s::bigint, job.id), %(system_name)s,
  %(webhook)s, %(context)s, %(total)s, %(retry_of)s, %(update_policy)s, %(versioned)s, %(traceparent)s
from job
returning id;

-- copy_images --
-- All images of a job, streamed.
copy images (job_id, position, url, external_id, file_name, media_type, metadata) from stdin;

-- copy_versioned --
-- The same where some carry a version.
copy images (job_id, position, url, external_id, file_name, media_type, metadata, checksum, sha256) from stdin;

-- find_source --
-- A job of a project that is to be tried again; it stays there until this transaction ends.
select id, rank, state, system_name, webhook, context, update_policy, versioned, cancelled
from jobs where project_id = %(project)s and public_id = %(public_id)s for key share;

-- copy_failed --
-- Images of an ended job that failed, as the images of another; with codes those that carry one of
-- them, cancelled ones only then. What a job that broke off left without a row counts as `internal`.
-- Never duplicates: the row before them has their id.
insert into images (job_id, position, url, external_id, file_name, media_type, metadata, checksum, sha256)
select %(job)s, row_number() over (order by i.position) - 1, i.url, i.external_id, i.file_name, i.media_type, i.metadata,
  i.checksum, i.sha256
from images i
left join lateral (
  select state, code from results where job_id = i.job_id and position = i.position offset 0
) r on true
where i.job_id = %(source)s
  and case
    when r.state is null then %(broken)s and (%(codes)s::text[] is null or 'internal' = any (%(codes)s))
    when r.code = 'duplicate_id' then false
    when r.state = 'failed' then %(codes)s::text[] is null or r.code = any (%(codes)s)
    else r.state = 'cancelled' and r.code = any (%(codes)s)
  end;

-- set_total --
-- How many images a retried job has.
update jobs set total = %(total)s where id = %(job)s;

-- insert_chunks --
-- The chunks of a job: equal runs of positions, without those that are settled already.
insert into chunks (job_id, number, positions, sift)
select %(job)s, p / %(size)s as number, array_agg(p order by p), %(sift)s
from generate_series(0, %(total)s - 1) as p
where p <> all (%(settled)s::int[])
group by p / %(size)s
order by number
returning id, number;

-- stamp --
-- The moment of acceptance, at the end of its transaction: the webhook is held back from here.
update jobs set accepted_at = clock_timestamp() where id = %(job)s;

-- analyze_queue --
-- Fresh statistics of the queue: without them a worker's search for its next task goes astray.
analyze procrastinate_jobs;

-- fail_duplicates --
-- Rows whose id stood in the batch before: settled when they are accepted.
insert into results (job_id, position, state, attempts, title, code, reason, retryable)
select %(job)s, i.position, 'failed', 0, i.file_name, 'duplicate_id', %(reason)s, false
from images i where i.job_id = %(job)s and i.position = any (%(positions)s::int[]);

-- count_duplicates --
-- The job's counters for the rows settled at once.
update jobs set done = done + %(failed)s, failed = failed + %(failed)s where id = %(job)s;
