-- Leases say how much is wanted: what a worker has no use for is nobody's idle part, and what the
-- first chunk of a job wants is given up by others at once.

alter table origin_leases
  add column wanted int not null default 2147483647,
  add column urgent int not null default 0,            -- of what is wanted: by first chunks
  add column share int not null default 2147483647;    -- what it comes down to; more than it has: it keeps all

-- Part of each origin's connection limit for one worker: at most what is free, and a fair share among
-- those that ask for it (seen within 5 s), cut to what is wanted; others have the rest. What it uses is
-- never taken away, it has to come down by itself. `connections` is what counts as its own from now
-- on, `share` what it should come down to. Where there are several workers, none has more than three
-- quarters: if it is stopped, others go on.
-- What is urgent goes before, up to three quarters of the limit for all of it together: it takes what
-- is free, and whoever else asks comes down by what is still missing then. `need` is called for those
-- who have some, `free` for those who miss some, on the channel `origin_leases`.
-- 0 connections: nothing is free now; the row says that somebody waits. What is known of the origin
-- comes along. Probes of a parked origin go to one of those that ask, where `probe_seconds` is given.
create function lease_connections(
  asker bigint, names text[], used int[], wanted int[], urgent int[], connection_limit int, probe_seconds float8
)
returns table (
  origin text, connections int, share int, unreachable int, parked_seconds float8, probing boolean, slow_seconds float8
)
language plpgsql as $$
declare
  instant timestamptz;
  most_urgent int := greatest(1, connection_limit - greatest(1, connection_limit / 4));
  ceiling int := connection_limit;
begin
  -- One at a time for each origin, in one order; a lock and not a row: most origins need none.
  perform pg_advisory_xact_lock(1818584947, key)
    from (select distinct hashtext(n) as key from unnest(names) as n order by key) as keys;
  instant := clock_timestamp();
  if (select count(*) > 1 from workers w where w.heartbeat_at > instant - interval '30 seconds') then
    ceiling := most_urgent;
  end if;
  return query
  with asked as (
    select a.name, a.used, a.wanted, least(a.urgent, a.wanted) as urgent
    from unnest(names, used, wanted, urgent) as a (name, used, wanted, urgent)
  ), there as (
    select l.*, l.asked_at > instant - interval '5 seconds' as recent
    from origin_leases l
    where l.origin = any (names) and l.worker_id <> asker and may_be_connected(l.worker_id, l.asked_at)
  ), others as (
    select t.origin as name, t.connections, least(t.wanted, connection_limit) as wanted,
      t.wanted > 0 and t.recent as asks,
      case when t.recent then t.urgent else 0 end as urgent,
      case when t.recent then greatest(0, t.connections - t.share) else 0 end as leaving
    from there t
  ), taken as (
    select a.name, coalesce(sum(o.connections), 0)::int as connections, coalesce(sum(o.leaving), 0)::int as leaving,
      1 + count(*) filter (where o.asks)::int as askers,
      count(*) filter (where o.urgent > 0)::int + (a.urgent > 0)::int as in_haste
    from asked a left join others o on o.name = a.name group by a.name, a.urgent
  ), fair as (
    select t.name, t.leaving, connection_limit - t.connections as free,
      greatest(1, connection_limit / t.askers) as least_share,
      greatest(1, ceil(connection_limit::numeric / t.askers))::int as even_share,
      ceil(most_urgent::numeric / greatest(1, t.in_haste))::int as urgent_share
    from taken t
  ), promised as (
    select f.name,
      coalesce(sum(greatest(0, least(f.least_share, o.wanted) - o.connections)) filter (where o.asks), 0)::int as connections,
      coalesce(sum(greatest(0, least(f.urgent_share, o.urgent) - o.connections)), 0)::int as urgent,
      least(ceiling, greatest(f.even_share,
        connection_limit - coalesce(sum(least(f.even_share, o.wanted)) filter (where o.asks), 0)))::int as most_share
    from fair f left join others o on o.name = f.name group by f.name, f.even_share
  ), rights as (
    select a.name, a.used, a.wanted, a.urgent, f.free, f.leaving, p.urgent as owed,
      least(a.urgent, f.urgent_share) as first_of_all,
      least(a.wanted, p.most_share, greatest(least(f.least_share, f.free), f.free - p.connections)) as fair_share
    from asked a join fair f on f.name = a.name join promised p on p.name = a.name
  ), shares as (
    select r.*, greatest(0, least(r.first_of_all, r.free), least(r.fair_share, r.free - greatest(0, r.owed - r.leaving))) as share
    from rights r
  ), called as (
    select s.*, case
      when s.first_of_all - s.share > s.leaving then 'need'
      when s.owed > 0 and s.free > greatest(s.used, s.share) then 'free'
    end as call
    from shares s
  ), leased as (
    insert into origin_leases as mine (origin, worker_id, connections, wanted, urgent, share, asked_at)
    select s.name, asker, greatest(s.used, s.share), s.wanted, s.urgent, s.share, instant from shares s order by s.name
    on conflict on constraint origin_leases_pkey do update
    set connections = excluded.connections, wanted = excluded.wanted, urgent = excluded.urgent,
      share = excluded.share, asked_at = excluded.asked_at
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
  from called s left join origins o on o.name = s.name left join probed p on p.name = s.name
  where s.call is null or pg_notify('origin_leases', concat_ws(' ', s.call, asker, s.name))::text is not null;
end
$$;
