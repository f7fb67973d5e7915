-- insert_job --
-- The job's row; its rank is its own id: the order of acceptance.
with job as (select nextval(pg_get_serial_sequence('jobs', 'id')) as id)
insert into jobs (id, public_id, project_id, snapshot_id, token_id, rank, system_name, webhook, context, total)
overriding system value
select job.id, %(public_id)s, %(project)s, %(snapshot)s, %(token)s, job.id, %(system_name)s, %(webhook)s, %(context)s, %(total)s
from job
returning id;

-- copy_images --
-- All images of a job, streamed.
copy images (job_id, position, url, external_id, file_name, media_type, metadata) from stdin;

-- insert_chunks --
-- The chunks of a job: equal runs of positions, without those that are settled already.
insert into chunks (job_id, number, positions)
select %(job)s, p / %(size)s as number, array_agg(p order by p)
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
