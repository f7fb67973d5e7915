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
