-- What a worker has no use for is nobody's idle part: leases say how much is wanted.

-- Rows that are there come from workers that said no number: as much as there is.
alter table origin_leases add column wanted int not null default 2147483647;

-- As before (0004), but a fair share is cut to what is wanted, and others have the rest.
create or replace function lease_connections(
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
    select l.origin as name, l.connections, least(l.wanted, connection_limit) as wanted,
      l.wanted > 0 and l.asked_at > instant - interval '5 seconds' as asks
    from origin_leases l
    where l.origin = any (names) and l.worker_id <> asker and may_be_connected(l.worker_id, l.asked_at)
  ), taken as (
    select a.name, coalesce(sum(o.connections), 0)::int as connections, 1 + count(*) filter (where o.asks)::int as askers
    from asked a left join others o on o.name = a.name group by a.name
  ), fair as (
    select t.name, connection_limit - t.connections as free, greatest(1, connection_limit / t.askers) as least_share,
      greatest(1, ceil(connection_limit::numeric / t.askers))::int as even_share
    from taken t
  ), promised as (
    select f.name,
      coalesce(sum(greatest(0, least(f.least_share, o.wanted) - o.connections)) filter (where o.asks), 0)::int as connections,
      least(ceiling, greatest(f.even_share,
        connection_limit - coalesce(sum(least(f.even_share, o.wanted)) filter (where o.asks), 0)))::int as most_share
    from fair f left join others o on o.name = f.name group by f.name, f.even_share
  ), shares as (
    select a.name, a.used, a.wanted, greatest(0, least(a.wanted, p.most_share,
      greatest(least(f.least_share, f.free), f.free - p.connections))) as share
    from asked a join fair f on f.name = a.name join promised p on p.name = a.name
  ), leased as (
    insert into origin_leases as mine (origin, worker_id, connections, wanted, asked_at)
    select s.name, asker, greatest(s.used, s.share), s.wanted, instant from shares s order by s.name
    on conflict on constraint origin_leases_pkey do update
    set connections = excluded.connections, wanted = excluded.wanted, asked_at = excluded.asked_at
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
