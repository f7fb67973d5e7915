-- add_endpoint --
-- Makes a receiver known; nothing happens when it is.
insert into endpoints (project_id, digest, url, origin) values (%(project)s, %(digest)s, %(url)s, %(origin)s)
on conflict (project_id, digest) do nothing;

-- insert --
-- A webhook to be delivered; it waits with the others while its endpoint is paused.
insert into deliveries (public_id, job_id, project_id, url, body, endpoint_id, state, next_try_at)
select %(public_id)s, %(job)s, %(project)s, %(address)s, %(body)s, e.id,
  case when e.paused_at is null then 'pending' else 'paused' end,
  case when e.paused_at is null then now() + make_interval(secs => %(delay)s::float8) end
from endpoints e where e.project_id = %(project)s and e.digest = %(digest)s;

-- claim --
-- Deliveries for a worker to try now, with the fences it holds.
select delivery, fence
from claim_deliveries(%(worker)s, %(held)s::bigint[], %(slots)s, %(for_slow)s, %(per_endpoint)s, %(per_origin)s);

-- claimed --
-- What was claimed, with what signs it; not what another has by now.
select d.id, d.public_id, j.public_id as job, j.traceparent, d.attempt, d.tries,
  d.tries - d.resent_after as tries_in_row, d.endpoint_id, d.url, d.body, s.webhook_secret, s.webhook_headers, s.webhook_origins
from unnest(%(ids)s::bigint[], %(fences)s::int[]) as c (id, fence)
join deliveries d on d.id = c.id and d.attempt = c.fence
join project_secrets s on s.project_id = d.project_id
left join jobs j on j.id = d.job_id;

-- standing --
-- How an endpoint stands, locked: before a delivery of it, so that two records never wait for each other.
select paused_at is not null as paused, extract(epoch from now() - failing_since)::float8 as failing_seconds,
  extract(epoch from now() - failed_at)::float8 as quiet_seconds
from endpoints where id = %(endpoint)s for no key update;

-- note --
-- What a try says of its endpoint.
update endpoints
set slow = %(slow)s, hung = %(hung)s,
  failed_at = case when %(failing)s then now() end,
  failing_since = case when %(failing)s then case when %(anew)s then now() else failing_since end end,
  probe_at = case when %(paused)s then now() + make_interval(secs => %(probe_seconds)s::float8) end,
  paused_at = case when %(paused)s then coalesce(paused_at, now()) end
where id = %(endpoint)s;

-- record_try --
-- What a try brought. One that lost its fence is noted, and decides nothing.
with mine as (
  select id, attempt = %(attempt)s and state = 'pending' as decides from deliveries where id = %(delivery)s for no key update
), made as (
  update deliveries d
  set tries = d.tries + 1,
    worker_id = case when m.decides or d.worker_id = %(worker)s then null else d.worker_id end,
    state = case when m.decides then %(state)s else d.state end,
    next_try_at = case when m.decides then now() + make_interval(secs => %(delay)s::float8) else d.next_try_at end,
    finished_at = case when not m.decides then d.finished_at when %(state)s in ('delivered', 'failed') then now() end
  from mine m where d.id = m.id
  returning d.id, d.tries, m.decides
), noted as (
  insert into delivery_tries (delivery_id, number, http_status, problem, milliseconds)
  select id, tries, %(http_status)s, %(problem)s, %(milliseconds)s from made
)
select decides from made;

-- pause --
-- All that waits for an endpoint, but for what is being tried: that learns it by itself.
update deliveries set state = 'paused', next_try_at = null
where endpoint_id = %(endpoint)s and state = 'pending' and worker_id is null;

-- resume --
-- All that waited for an endpoint that is back.
update deliveries set state = 'pending', next_try_at = now() where endpoint_id = %(endpoint)s and state = 'paused';

-- probe --
-- The oldest delivery of each paused endpoint whose day has come is tried.
with due as (
  update endpoints set probe_at = now() + make_interval(secs => %(probe_seconds)s::float8)
  where paused_at is not null and probe_at <= now()
  returning id
), chosen as (
  select d.id from due cross join lateral (
    select p.id from deliveries p where p.endpoint_id = due.id and p.state = 'paused' order by p.id limit 1
  ) d
)
update deliveries d set state = 'pending', next_try_at = now() from chosen c where d.id = c.id and d.state = 'paused';

-- without_endpoint --
-- Deliveries that an older release wrote.
select id, project_id, url from deliveries where state = 'pending' and endpoint_id is null limit 1000;

-- adopt --
-- Gives such a delivery its endpoint.
update deliveries d set endpoint_id = e.id
from endpoints e where d.id = %(delivery)s and e.project_id = %(project)s and e.digest = %(digest)s;

-- of_job --
-- A job's deliveries, with how their endpoint stands.
select d.id, d.public_id, d.state, d.url, d.created_at, d.next_try_at, d.finished_at,
  e.paused_at, e.failing_since, e.probe_at
from deliveries d left join endpoints e on e.id = d.endpoint_id
where d.job_id = %(job)s order by d.id;

-- tries --
-- The tries of a job's deliveries, in order.
select t.delivery_id, t.number, t.at, t.http_status, t.problem, t.milliseconds
from delivery_tries t join deliveries d on d.id = t.delivery_id
where d.job_id = %(job)s order by t.delivery_id, t.number;

-- resend --
-- A try now, whatever became of the delivery; the schedule begins anew. A try that runs keeps its claim until
-- it ends and loses its fence: the new one follows it.
update deliveries
set state = 'pending', attempt = attempt + 1, next_try_at = now(), finished_at = null, resent_after = tries
where job_id = (select id from jobs where id = %(job)s for key share) and public_id = %(public_id)s
returning id;
