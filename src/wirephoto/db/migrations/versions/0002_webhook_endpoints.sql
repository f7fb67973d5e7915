-- Receivers of webhooks, and deliveries that are taken from their table without a task of the queue.

-- A receiver as its deliveries find it: a project and a URL without its query.
create table endpoints (
  id bigint generated always as identity primary key,
  project_id int not null references projects,
  digest bytea not null,                   -- SHA-256 of the URL: an index cannot hold long ones
  url text not null,
  origin text not null,
  failing_since timestamptz,               -- first of the failures that no success has ended
  failed_at timestamptz,                   -- the last of them
  paused_at timestamptz,
  probe_at timestamptz,                    -- paused: when one delivery is tried all the same
  slow boolean,                            -- its last try took long; null: none was made yet
  hung boolean not null default false,     -- and brought no answer
  unique (project_id, digest)
) with (fillfactor = 80);
create index endpoints_paused on endpoints (probe_at) where paused_at is not null;

alter table deliveries
  add column endpoint_id bigint references endpoints,  -- null: written by an older release, soon adopted
  add column worker_id bigint references workers on delete set null,  -- who tries it now; as good as null without a heartbeat
  add column resent_after int not null default 0,      -- tries made before it was last asked for by hand
  drop constraint deliveries_state_check,
  add constraint deliveries_state_check check (state in ('pending', 'paused', 'delivered', 'failed'));
create index deliveries_due on deliveries (endpoint_id, next_try_at, id) where state = 'pending';
create index deliveries_paused on deliveries (endpoint_id, id) where state = 'paused';
create index deliveries_worker on deliveries (worker_id) where worker_id is not null;

-- Tasks of tries: the table itself is the queue now.
delete from procrastinate_jobs where task_name = 'deliver_webhook' and status = 'todo';

-- Deliveries for a worker to try now; each with the fence it holds. `held` are those it is at.
-- One asker at a time, so that the counts are exact: at most `per_endpoint` at once to an endpoint, one
-- when its last try hung; `per_origin` to an origin; and of the worker's `slots` at most `for_slow` to
-- endpoints that are slow or unknown. Projects take turns, and so do the endpoints of one.
-- A claim dies with its worker's heartbeat (30 s). Called outside of a transaction: a client that is
-- stopped must not keep the lock.
create function claim_deliveries(
  asker bigint, held bigint[], slots int, for_slow int, per_endpoint int, per_origin int
) returns table (delivery bigint, fence int)
language plpgsql as $$
declare
  instant timestamptz;
begin
  perform pg_advisory_xact_lock(2003133288);
  instant := clock_timestamp();
  perform from workers w where w.id = asker and w.heartbeat_at > instant - interval '30 seconds' for key share;
  if not found then
    return;
  end if;
  return query
  with recursive waiting (endpoint) as (  -- endpoints with something pending, found from one to the next
    (select d.endpoint_id from deliveries d
     where d.state = 'pending' and d.endpoint_id is not null order by d.endpoint_id limit 1)
    union all
    select (select d.endpoint_id from deliveries d
            where d.state = 'pending' and d.endpoint_id > w.endpoint order by d.endpoint_id limit 1)
    from waiting w where w.endpoint is not null
  ), busy as (
    select e.id as endpoint, e.project_id as project, e.origin, d.worker_id = asker as own, coalesce(e.slow, true) as slow
    from deliveries d
    join workers w on w.id = d.worker_id and w.heartbeat_at > instant - interval '30 seconds'
    join endpoints e on e.id = d.endpoint_id
    where d.worker_id <> asker or d.id = any (held)
  ), due as (
    select d.id, d.attempt, d.next_try_at, e.project_id as project, e.origin, coalesce(e.slow, true) as slow,
      b.tries + row_number() over (partition by e.id order by d.next_try_at, d.id) as place
    from waiting w
    join endpoints e on e.id = w.endpoint
    cross join lateral (select count(*) as tries from busy where busy.endpoint = e.id) b
    cross join lateral (
      select p.id, p.attempt, p.next_try_at from deliveries p
      where p.endpoint_id = e.id and p.state = 'pending' and p.next_try_at <= instant
        and (p.worker_id is null
          or p.worker_id = asker and p.id <> all (held)
          or p.worker_id <> asker and not exists (
            select from workers o where o.id = p.worker_id and o.heartbeat_at > instant - interval '30 seconds'))
      order by p.next_try_at, p.id
      limit greatest(0, case when e.hung then 1 else per_endpoint end - b.tries)
    ) d
  ), placed as (
    select u.*,
      (select count(*) from busy b where b.project = u.project and b.origin = u.origin)
        + row_number() over (partition by u.project, u.origin order by u.place, u.next_try_at, u.id) as origin_place,
      (select count(*) from busy b where b.project = u.project)
        + row_number() over (partition by u.project order by u.place, u.next_try_at, u.id) as project_place
    from due u
  ), fair as (
    select p.*, row_number() over (partition by p.slow order by p.project_place, p.next_try_at, p.id) as class_place
    from placed p where p.origin_place <= per_origin
  ), taken as (
    select f.id, f.attempt from fair f
    where not f.slow or f.class_place <= for_slow - (select count(*) from busy b where b.own and b.slow)
    order by f.project_place, f.next_try_at, f.id
    limit greatest(0, slots - cardinality(held))
  ), locked as (  -- who is at one of them now must not hold up all the others
    select d.id from taken t join deliveries d on d.id = t.id and d.attempt = t.attempt and d.state = 'pending'
    for no key update of d skip locked
  )
  update deliveries d set attempt = d.attempt + 1, worker_id = asker
  from locked l where d.id = l.id
  returning d.id, d.attempt;
end
$$;
