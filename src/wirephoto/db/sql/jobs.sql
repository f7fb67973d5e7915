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
  failed, greatest(0, extract(epoch from accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

-- break_off --
-- A job that cannot go on through a fault of ours.
update jobs set state = 'failed', finished_at = now()
where id = %(job)s and state in ('queued', 'started')
returning true as finished, id, public_id, project_id, state, webhook, context, total, success, skipped, failed,
  greatest(0, extract(epoch from accepted_at + interval '1 second' - now()))::float8 as hold_seconds;

-- drop_chunks --
-- The work that a broken job leaves.
delete from chunks where job_id = %(job)s;

-- status --
-- A job of a project by its public id.
select id, public_id, state, total, done, success, skipped, failed, cancelled, system_name, accepted_at, started_at,
  finished_at
from jobs where project_id = %(project)s and public_id = %(public_id)s;
