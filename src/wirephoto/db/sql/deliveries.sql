-- insert --
-- A webhook to be delivered.
insert into deliveries (public_id, job_id, project_id, url, body, next_try_at)
values (%(public_id)s, %(job)s, %(project)s, %(url)s, %(body)s, now() + make_interval(secs => %(delay)s::float8))
returning id, next_try_at;

-- claim --
-- Takes a delivery that is due and raises its fence, with what signs it.
update deliveries d set attempt = d.attempt + 1
from project_secrets s
where d.id = %(delivery)s and d.state = 'pending' and d.next_try_at <= now() and s.project_id = d.project_id
returning d.id, d.public_id, d.attempt, d.tries, d.url, d.body, s.webhook_secret, s.webhook_headers;

-- record_try --
-- What a try brought; nothing from one whose delivery was taken by another meanwhile.
with mine as (
  update deliveries
  set tries = tries + 1, state = %(state)s,
    next_try_at = now() + make_interval(secs => %(delay)s::float8),
    finished_at = case when %(state)s <> 'pending' then now() end
  where id = %(delivery)s and attempt = %(attempt)s and state = 'pending'
  returning id, tries, next_try_at
), noted as (
  insert into delivery_tries (delivery_id, number, http_status, problem, milliseconds)
  select id, tries, %(http_status)s, %(problem)s, %(milliseconds)s from mine
)
select next_try_at from mine;

-- stray --
-- Deliveries that no task stands for: to be queued again.
select d.id from deliveries d
where d.state = 'pending' and d.next_try_at < now() - interval '2 minutes'
  and not exists (
    select from procrastinate_jobs t
    where t.status in ('todo', 'doing') and t.task_name = %(task)s and (t.args ->> 'delivery')::bigint = d.id
  )
limit 1000;
