-- entry_without_blob --
-- Entries whose picture is not said to be stored.
select e.id as subject, format('its picture %%s is %%s', e.asset_key, coalesce(b.state, 'in no row')) as problem
from entries e left join blobs b on b.key = e.asset_key
where b.state is distinct from 'stored';

-- entry_size --
-- Entries that give another size than the row of their picture.
select e.id as subject, format('%%s bytes, its picture %%s has %%s', e.asset_size, b.key, b.size) as problem
from entries e join blobs b on b.key = e.asset_key
where e.asset_size <> b.size;

-- result_without_entry --
-- Rows of success that no entry stands behind.
select format('%%s/%%s', j.public_id, r.position) as subject, format('there is no entry %%s', r.entry_id) as problem
from results r join jobs j on j.id = r.job_id left join entries e on e.id = r.entry_id
where r.state in ('success', 'skipped') and e.id is null;

-- without_job --
-- Images, results, chunks and deliveries of a job that is not there.
select format('%%s of job %%s', o.sort, o.job_id) as subject, format('%%s rows, but no such job', o.found) as problem
from (
  select 'images' as sort, job_id, count(*) as found from images group by job_id
  union all select 'results', job_id, count(*) from results group by job_id
  union all select 'chunks', job_id, count(*) from chunks group by job_id
  union all select 'deliveries', job_id, count(*) from deliveries group by job_id
) o
where not exists (select from jobs j where j.id = o.job_id);

-- job --
-- Jobs whose counters, images, results, chunks and webhook do not agree. One statement, so one moment:
-- every change of these is one transaction, and an import at work is never caught half-way.
select p.kind, j.public_id as subject, p.problem
from jobs j
cross join lateral (
  select count(*) as n, count(*) filter (where state = 'success') as success,
    count(*) filter (where state = 'skipped') as skipped, count(*) filter (where state = 'failed') as failed,
    count(*) filter (where state = 'cancelled') as cancelled,
    count(*) filter (where position < 0 or position >= j.total) as beyond
  from results where job_id = j.id
) r
cross join lateral (
  select count(*) as n, count(*) filter (where position < 0 or position >= j.total) as beyond
  from images where job_id = j.id
) i
cross join lateral (select count(*) as n from chunks where job_id = j.id) c
cross join lateral (
  select count(*) as n, count(distinct position) as different
  from (
    select unnest(positions) as position from chunks where job_id = j.id
    union all select position from results where job_id = j.id
  ) held
  where j.state in ('queued', 'started')
) w
cross join lateral (select count(*) as n from deliveries where job_id = j.id) d
cross join lateral (values
  ('job_counters', (j.done, j.success, j.skipped, j.failed, j.cancelled)
      is distinct from (r.n, r.success, r.skipped, r.failed, r.cancelled),
    format('counts %%s done (%%s, %%s, %%s, %%s), has %%s rows (%%s, %%s, %%s, %%s)', j.done, j.success, j.skipped,
      j.failed, j.cancelled, r.n, r.success, r.skipped, r.failed, r.cancelled)),
  ('job_images', i.n <> j.total or i.beyond > 0,
    format('%%s images of %%s, %%s beyond the last', i.n, j.total, i.beyond)),
  ('job_results', r.beyond > 0, format('%%s rows beyond the last image', r.beyond)),
  ('job_unfinished', j.state in ('success', 'cancelled') and j.done <> j.total,
    format('is %%s with %%s of %%s done', j.state, j.done, j.total)),
  ('job_work', j.state in ('queued', 'started') and (w.n <> j.total or w.different <> j.total),
    format('%%s of %%s images are settled or in a chunk, %%s of them twice', w.different, j.total, w.n - w.different)),
  ('job_over', j.state not in ('queued', 'started') and c.n > 0, format('is %%s and has %%s chunks left', j.state, c.n)),
  ('job_webhook', j.state not in ('queued', 'started') and j.webhook is not null and d.n = 0,
    'is finished, but nothing calls its webhook'),
  ('job_webhook', d.n > 0 and (j.webhook is null or j.state in ('queued', 'started')),
    format('%%s deliveries without a reason', d.n))
) as p (kind, wrong, problem)
where p.wrong
order by j.id;

-- lost_task --
-- Work that nobody will take, though workers are there who mend that within two minutes.
select format('chunk %%s of job %%s', c.id, c.job_id) as subject, 'no task stands for it' as problem
from chunks c
where greatest(c.available_at, c.claimed_at) < now() - interval '10 minutes'
  and exists (select from workers where started_at < now() - interval '10 minutes'
    and heartbeat_at > now() - interval '30 seconds')
  and not exists (
    select from procrastinate_jobs t
    where t.status in ('todo', 'doing') and t.task_name = %(chunk_task)s and (t.args ->> 'chunk')::bigint = c.id
  )
union all
select format('delivery %%s of job %%s', d.public_id, d.job_id), 'it has no endpoint'
from deliveries d
where d.state = 'pending' and d.endpoint_id is null and d.next_try_at < now() - interval '10 minutes'
  and exists (select from workers where started_at < now() - interval '10 minutes'
    and heartbeat_at > now() - interval '30 seconds');

-- idle_task --
-- Tasks whose chunk is gone: they end as soon as a worker takes them.
select format('task %%s of chunk %%s', t.id, t.args ->> 'chunk') as subject, 'its chunk is settled' as problem
from procrastinate_jobs t
where t.status = 'todo' and t.task_name = %(chunk_task)s
  and not exists (select from chunks c where c.id = (t.args ->> 'chunk')::bigint);

-- search --
-- Copies for searching that are missing, wrong, or of no entry. One statement, so one moment.
select kind, entry_id as subject, case kind when 'search_missing' then 'it has no copy'
  when 'search_stale' then format('its copy is of version %%s, not as version %%s is', copied, version)
  else 'there is no such entry' end as problem
from search_faults;

-- repair_search --
-- The same, mended: copies that are wrong go, and their entries wait to be copied; how many. A copy that
-- an import makes young at this moment stays: it is looked at again as it is then.
with wrong as materialized (
  select * from search_faults
), queued as (
  insert into search_queue (project_id, entry_ids)
  select project_id, array_agg(entry_id) from (
    select entry_id, project_id, row_number() over (partition by project_id order by entry_id) / 100 as block
    from wrong where kind <> 'search_orphan'
  ) w group by project_id, block
  returning cardinality(entry_ids) as n
), removed as (
  delete from entry_search s using wrong w where s.entry_id = w.entry_id
)
select coalesce((select sum(n) from queued), 0)::bigint as queued,
  (select count(*) from wrong where kind = 'search_orphan') as orphans;

-- blobs --
-- All pictures by their keys as bytes, which is the order that storage lists them in.
select key, size, sha256, state, changed_at < now() - interval '1 day' as old,
  exists (select from entries e where e.asset_key = b.key) as referenced, b.revoked_at is not null or b.registered as stays
from blobs b
order by key collate "C";

-- blob --
-- One of them, as it is now; `version` differs when it was written meanwhile.
select key, size, sha256, state, changed_at < now() - interval '1 day' as old,
  exists (select from entries e where e.asset_key = b.key) as referenced, b.revoked_at is not null or b.registered as stays,
  xmin::text as version
from blobs b
where key = %(key)s;

-- extent --
-- How much there is to look at, and what is in flight.
select (select count(*) from jobs) as jobs, (select count(*) from entries) as entries,
  (select count(*) from blobs) as blobs,
  (select count(*) from jobs where state in ('queued', 'started')) as jobs_in_flight,
  (select count(*) from chunks) as chunks_in_flight,
  (select count(*) from blobs where state = 'putting') as puts_in_flight;
