-- claim --
-- Takes a chunk and raises its fence, and has what it is to bring: its job, which the first of them
-- starts, and its images that are not settled, each with what its entry has now. No row: its work is
-- done already. One that is sifted first has no images here, nor one that is to be split. `offset 0`
-- keeps each look-up an index probe: the tables grow from nothing within seconds, and a join planned
-- while they were empty reads all of the job for each image.
with claimed as (
  update chunks set attempt = attempt + 1, claimed_at = now()
  where id = %(chunk)s
  returning id, job_id, number, positions, tries, attempt, sift, extract(epoch from now() - waiting_since)::float8 as waited
), started as (
  update jobs set state = 'started', started_at = now() where id = (select job_id from claimed) and state = 'queued'
)
select c.*, j.*, images.found as images
from claimed c
left join lateral (
  select j.public_id as job, j.traceparent, j.rank, j.system_name, j.state, j.snapshot_id, j.project_id, j.update_policy,
    j.webhook is not null as calls, p.handle, s.storage_key
  from jobs j
  join projects p on p.id = j.project_id
  join project_secrets s on s.project_id = j.project_id
  where j.id = c.job_id offset 0
) j on true
left join lateral (
  select json_agg(image order by position)::text as found
  from (
    select i.position, i.url, i.external_id, i.file_name, i.media_type, i.metadata::text as metadata,
      i.checksum, encode(i.sha256, 'hex') as sha256,
      encode(request_digest(j.snapshot_id, i.file_name, i.media_type, i.metadata, i.checksum, i.sha256), 'hex') as request_digest,
      e.asset_key, e.source_url, e.etag, e.last_modified, e.origins, e.checksum as known_checksum,
      encode(e.source_sha256, 'hex') as known_sha256, e.edited_at is not null as edited_since
    from unnest(c.positions) as p (position)
    cross join lateral (
      select * from images where job_id = c.job_id and position = p.position offset 0
    ) i
    left join lateral (
      select asset_key, source_url, etag, last_modified, origins, checksum, source_sha256, edited_at from entries
      where project_id = j.project_id and system_name = j.system_name and external_id = i.external_id offset 0
    ) e on true
    where not exists (select from results where job_id = c.job_id and position = p.position offset 0)
  ) image
  where not c.sift and (c.attempt <= %(wears_after)s or cardinality(c.positions) = 1)
) images on true;

-- settled --
-- Which of a chunk's images have their final rows.
select r.position
from unnest(%(positions)s::int[]) as p (position)
cross join lateral (
  select position from results where job_id = %(job)s and position = p.position offset 0
) r;

-- snapshot --
-- A project's media types and limits as they were when the job was accepted.
select content from project_snapshots where id = %(snapshot)s;

-- fence --
-- Locks the chunk for the one who holds its last claim; no row for a stale worker.
select id from chunks where id = %(chunk)s and attempt = %(attempt)s for no key update;

-- close --
-- The chunk's images are settled or moved to later chunks.
delete from chunks where id = %(chunk)s;

-- insert_later --
-- Images that come back later, as chunks of their own.
insert into chunks (job_id, number, positions, tries, waiting_since, available_at)
values (%(job)s, %(number)s, %(positions)s, %(tries)s,
  now() - make_interval(secs => %(waited)s::float8), now() + make_interval(secs => %(delay)s::float8))
returning id, available_at;

-- withdraw --
-- Takes away what a job has left to do, in the order of ids; waits for who is writing results of it.
delete from chunks
where id in (select id from chunks where job_id = %(job)s order by id for update)
returning positions, tries;

-- has_any --
-- Whether a job has anything left to do: those that were waited for may have left later chunks.
select exists (select from chunks where job_id = %(job)s) as found;

-- stray --
-- Chunks that no task stands for (a task that ended badly): to be queued again.
select c.id, c.number from chunks c
where c.available_at < now() - interval '2 minutes'
  and (c.claimed_at is null or c.claimed_at < now() - interval '2 minutes')
  and not exists (
    select from procrastinate_jobs t
    where t.status in ('todo', 'doing') and t.task_name = %(task)s and (t.args ->> 'chunk')::bigint = c.id
  )
limit 1000;

-- raise_starving --
-- The next chunk of every job that got nothing done for a minute comes before anyone's later ones.
update procrastinate_jobs t set priority = 0
from (
  select distinct on (c.job_id) t.id
  from procrastinate_jobs t join chunks c on c.id = (t.args ->> 'chunk')::bigint
  where t.status = 'todo' and t.task_name = %(task)s
    and c.available_at < now() - interval '1 minute'
    and not exists (select from chunks b where b.job_id = c.job_id and b.claimed_at > now() - interval '1 minute')
  order by c.job_id, t.priority desc, t.id
) starving
where t.id = starving.id and t.status = 'todo' and t.priority < 0;
