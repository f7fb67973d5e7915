-- register --
-- A worker process begins.
insert into workers (host, pid, release, place) values (%(host)s, %(pid)s, %(release)s, %(place)s) returning id;

-- beat --
-- It lives; no row: it was taken for dead.
update workers set heartbeat_at = now() where id = %(worker)s returning id;

-- presence --
-- Held as long as this session lives, which ends with its process: who cannot beat its heart but holds
-- this may still have connections to origins. A machine that is gone loses it in half a minute.
select pg_try_advisory_lock(1886547811, %(worker)s::bigint::int),
  set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '20000', false);

-- leave --
-- Its leases go, its connections being closed.
delete from origin_leases where worker_id = %(worker)s;

-- note_queue_id --
-- The queue lists it under one more number.
update workers set queue_ids = queue_ids || %(queue_id)s::bigint where id = %(worker)s;

-- unregister --
-- It ends in order. One that still holds tasks is left to who comes after it.
delete from workers w where w.id = %(worker)s
  and not exists (select from procrastinate_jobs t where t.worker_id = any (w.queue_ids) and t.status = 'doing');

-- take_over_tasks --
-- Tasks of those who were at a place before, and are dead. Scattered a little, as below.
with held as materialized (
  select t.id from procrastinate_jobs t
  where t.status = 'doing' and t.worker_id in (
    select unnest(w.queue_ids) from workers w where w.place = %(place)s
  )
  for update of t skip locked
)
select procrastinate_retry_job_v2(id, now() + random() * interval '2 seconds', null, null, null) from held;

-- bury_queue_predecessors --
-- They in the queue's own list.
delete from procrastinate_workers q using workers w where w.place = %(place)s and q.id = any (w.queue_ids);

-- bury_predecessors --
-- And in ours; their leases go with them: the kernel has closed what they had open.
with buried as (delete from workers where place = %(place)s returning id)
delete from origin_leases l using buried b where l.worker_id = b.id;

-- bury --
-- Workers without a heartbeat; their leases go with them.
delete from workers where heartbeat_at < now() - interval '30 seconds';

-- alive --
-- Workers with a heartbeat.
select host, pid, release, extract(epoch from now() - heartbeat_at)::float8 as silent_seconds
from workers where heartbeat_at > now() - interval '30 seconds' order by host, pid;

-- rescue_lock --
-- One rescuer at a time, until its transaction ends.
select pg_try_advisory_xact_lock(1919251317) as mine;

-- tidy_lock --
-- One tidier at a time, until its transaction ends.
select pg_try_advisory_xact_lock(1953063033) as mine;

-- end_transactions --
-- Transactions of workers that are about to be buried. One of a process that stands still is ended by
-- the server where it waits for the next statement, but not where half of one was sent, or where nobody
-- reads its answer: there it would keep its locks for ever. The session that tells of open connections
-- is left alone, and this one, where a worker buries itself.
select pg_terminate_backend(a.pid)
from workers w
join pg_stat_activity a on a.application_name = left(concat_ws(' ', 'wirephoto worker', w.pid, w.host), 63)
where w.heartbeat_at < now() - interval '30 seconds'
  and a.datname = current_database() and a.usename = current_user and a.xact_start is not null
  and a.pid <> pg_backend_pid()
  and not exists (
    select from pg_locks p
    where p.pid = a.pid and p.locktype = 'advisory' and p.classid = 1886547811 and p.objid = w.id::int::oid
  );

-- requeue_stalled --
-- Tasks whose worker is dead go back into the queue, scattered: if one of them ended its worker, the
-- others should not meet it again. Locked before the function changes it: a row that its own
-- statement has changed is left out of the answer.
with held as materialized (
  select t.id from procrastinate_jobs t
  left join procrastinate_workers w on w.id = t.worker_id
  where t.status = 'doing' and (w.id is null or w.last_heartbeat < now() - interval '30 seconds')
  for update of t skip locked
)
select procrastinate_retry_job_v2(id, now() + random() * interval '5 seconds', null, null, null) from held;

-- bury_queue_workers --
-- Dead workers in the queue's own list.
delete from procrastinate_workers where last_heartbeat < now() - interval '30 seconds';
