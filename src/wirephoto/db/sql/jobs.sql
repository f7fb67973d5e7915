-- count --
-- Adds a chunk's settled rows; the one that settles the last of them closes the job, and sees it.
update jobs
set done = done + %(success)s + %(skipped)s + %(failed)s + %(cancelled)s,
  success = success + %(success)s, skipped = skipped + %(skipped)s,
  failed = failed + %(failed)s, cancelled = cancelled + %(cancelled)s,
  state = case when done + %(success)s + %(skipped)s + %(failed)s + %(cancelled)s = total
    and state in ('queued', 'started') then 'success' else state end,
  finished_at = case when done + %(success)s + %(skipped)s + %(failed)s + %(cancelled)s = total
    then coalesce(finished_at, now()) else finished_at end
where id = %(job)s and done < total
returning done = total as finished, id, public_id, project_id, state, webhook, context, total, success, skipped,
  failed, cancelled, greatest(0, extract(epoch from accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

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
