-- Limits of connections that hold exactly: a lease counts as long as its worker may be connected.

-- A lease outlives the burial of its worker: one that is stopped keeps its connections open.
alter table origin_leases
  drop constraint origin_leases_worker_id_fkey,
  add column asked_at timestamptz not null default now();
create index origin_leases_worker on origin_leases (worker_id);

-- A row stands for an origin in a mood only; the others need none.
alter table origins add column changed_at timestamptz not null default now();

-- Whether a worker may have connections to origins: while its heart beats, and after that while its
-- session with the database lives, which ends with the process (the lock of `workers.presence`). A
-- process that is stopped has both ends open; after ten minutes its origins have closed theirs.
create function may_be_connected(worker bigint, asked timestamptz) returns boolean
language sql volatile as $$
  select case
    when exists (select from workers w where w.id = worker and w.heartbeat_at > clock_timestamp() - interval '30 seconds') then true
    when asked < clock_timestamp() - interval '10 minutes' then false
    else not pg_try_advisory_xact_lock(1886547811, worker::int)
  end
$$;

-- Part of each origin's connection limit for one worker: at most what is free, and a fair share among
-- those that ask for it (seen within 5 s); what it uses is never taken away, it has to come down by
-- itself. `connections` is what counts as its own from now on, `share` what it should come down to.
-- Where there are several workers, none has more than three quarters: if it is stopped, others go on.
-- 0 connections: nothing is free now; the row says that somebody waits. What is known of the origin
-- comes along. Probes of a parked origin go to one of those that ask, where `probe_seconds` is given.
create function lease_connections(
  asker bigint, names text[], used int[], wanted int[], connection_limit int, probe_seconds float8
)
returns table (
  origin text, connections int, share int, unreachable int, parked_seconds float8, probing boolean, slow_seconds float8
)
language plpgsql as $$
declare
  instant timestamptz;
  ceiling int := connection_limit;
begin
  -- One at a time for each origin, in one order; a lock and not a row: most origins need none.
  perform pg_advisory_xact_lock(1818584947, key)
    from (select distinct hashtext(n) as key from unnest(names) as n order by key) as keys;
  instant := clock_timestamp();
  if (select count(*) > 1 from workers w where w.heartbeat_at > instant - interval '30 seconds') then
    ceiling := greatest(1, connection_limit - greatest(1, connection_limit / 4));
  end if;
  return query
  with asked as (
    select a.name, a.used, a.wanted from unnest(names, used, wanted) as a (name, used, wanted)
  ), others as (
    select l.origin as name, l.connections, l.asked_at > instant - interval '5 seconds' as asks
    from origin_leases l
    where l.origin = any (names) and l.worker_id <> asker and may_be_connected(l.worker_id, l.asked_at)
  ), taken as (
    select a.name, coalesce(sum(o.connections), 0)::int as connections, 1 + count(*) filter (where o.asks)::int as askers
    from asked a left join others o on o.name = a.name group by a.name
  ), fair as (
    select t.name, connection_limit - t.connections as free, greatest(1, connection_limit / t.askers) as least_share,
      least(ceiling, greatest(1, ceil(connection_limit::numeric / t.askers)))::int as most_share
    from taken t
  ), promised as (
    select f.name, coalesce(sum(greatest(0, f.least_share - o.connections)) filter (where o.asks), 0)::int as connections
    from fair f left join others o on o.name = f.name group by f.name
  ), shares as (
    select a.name, a.used, greatest(0, least(a.wanted, f.most_share,
      greatest(least(f.least_share, f.free), f.free - p.connections))) as share
    from asked a join fair f on f.name = a.name join promised p on p.name = a.name
  ), leased as (
    insert into origin_leases as mine (origin, worker_id, connections, asked_at)
    select s.name, asker, greatest(s.used, s.share), instant from shares s order by s.name
    on conflict on constraint origin_leases_pkey do update
    set connections = excluded.connections, asked_at = excluded.asked_at
  ), probed as (
    update origins o set probe_at = instant + make_interval(secs => probe_seconds), changed_at = instant
    where o.name = any (names) and o.parked_at is not null and o.probe_at <= instant and probe_seconds is not null
    returning o.name
  )
  select s.name, greatest(s.used, s.share), s.share, coalesce(o.unreachable, 0),
    case when o.parked_at is null or p.name is not null then 0.0::float8
         else greatest(0.5, extract(epoch from o.probe_at - instant))::float8 end,
    p.name is not null,
    greatest(0.0, coalesce(extract(epoch from o.slow_until - instant), 0.0))::float8
  from shares s left join origins o on o.name = s.name left join probed p on p.name = s.name;
end
$$;
