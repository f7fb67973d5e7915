-- break_off --
-- A job that cannot go on through a fault of ours.
update jobs set state = 'failed', finished_at = now()
where id = %(job)s and state in ('queued', 'started')
returning true as finished, id, public_id, project_id, state, webhook, context, total, success, skipped, failed, cancelled,
  greatest(0, extract(epoch from accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

-- lock_running --
-- A job that has not ended, locked: after its chunks, in the order in which a chunk's end locks them.
select id from jobs where id = %(job)s and state in ('queued', 'started') for no key update;

-- cancel --
-- Ends a locked job whose images without a row have just got one.
update jobs set state = 'cancelled', finished_at = now(), done = done + %(cancelled)s, cancelled = cancelled + %(cancelled)s
where id = %(job)s
returning true as finished, id, public_id, project_id, state, webhook, context, total, success, skipped, failed, cancelled,
  greatest(0, extract(epoch from accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

-- status --
-- A job of a project by its public id.
select j.id, j.public_id, j.state, j.total, j.done, j.success, j.skipped, j.failed, j.cancelled, j.system_name,
  j.accepted_at, j.started_at, j.finished_at, o.public_id as retry_of
from jobs j left join jobs o on o.id = j.retry_of
where j.project_id = %(project)s and j.public_id = %(public_id)s;

-- statuses --
-- Jobs by their rows' ids, as they are now.
select j.id, j.public_id, j.state, j.total, j.done, j.success, j.skipped, j.failed, j.cancelled, j.system_name,
  j.accepted_at, j.started_at, j.finished_at, o.public_id as retry_of
from jobs j left join jobs o on o.id = j.retry_of
where j.id = any (%(jobs)s::bigint[]);

-- listed --
-- Jobs of a project, the newest first, from before a given one on.
select j.id, j.public_id, j.state, j.total, j.done, j.success, j.skipped, j.failed, j.cancelled, j.system_name,
  j.accepted_at, j.started_at, j.finished_at, o.public_id as retry_of
from jobs j left join jobs o on o.id = j.retry_of
where j.project_id = %(project)s and (%(before)s::bigint is null or j.id < %(before)s)
  and (%(system_name)s::text is null or j.system_name = %(system_name)s)
  and (%(state)s::text is null or j.state = %(state)s)
order by j.id desc
limit %(limit)s;

-- shown --
-- Jobs of a project for the page, the newest first: those in a state, or with pictures that failed.
select j.id, j.public_id, j.state, j.total, j.done, j.success, j.skipped, j.failed, j.cancelled, j.system_name,
  j.accepted_at, j.started_at, j.finished_at, o.public_id as retry_of
from jobs j left join jobs o on o.id = j.retry_of
where j.project_id = %(project)s and (%(before)s::bigint is null or j.id < %(before)s)
  and (%(states)s::text[] is null or j.state = any (%(states)s))
  and (not %(with_failures)s or j.failed > 0)
  and (%(system_name)s::text is null or j.system_name = %(system_name)s)
  and (%(search)s::text is null or j.public_id = %(search)s or j.system_name = %(search)s)
order by j.id desc
limit %(limit)s;

-- tallied --
-- How many jobs of a project, or of one of its systems, are in which state, and what was brought since a
-- moment.
select count(*) as total, count(*) filter (where state = 'started') as running,
  count(*) filter (where state = 'queued') as queued, count(*) filter (where failed > 0) as with_failures,
  count(*) filter (where state in ('success', 'failed')) as done, count(*) filter (where state = 'cancelled') as cancelled,
  coalesce(sum(success) filter (where accepted_at >= %(since)s), 0)::bigint as imported_today,
  coalesce(sum(failed) filter (where accepted_at >= %(since)s), 0)::bigint as failed_today
from jobs where project_id = %(project)s and (%(system_name)s::text is null or system_name = %(system_name)s);

-- systems --
-- The systems of a project's jobs, by their names: one probe of the index for each.
with recursive found as (
  (select j.system_name from jobs j where j.project_id = %(project)s order by j.system_name limit 1)
  union all
  select (select j.system_name from jobs j
    where j.project_id = %(project)s and j.system_name > f.system_name order by j.system_name limit 1)
  from found f where f.system_name is not null
)
select system_name from found where system_name is not null limit %(limit)s;

-- details --
-- What a job's page says beside its counters.
select j.webhook, j.context, j.update_policy, t.name as token_name
from jobs j left join tokens t on t.id = j.token_id
where j.id = %(job)s;
