-- The tables of the import path. Hot tables (images, results, chunks) carry no foreign keys:
-- COPY and set-based inserts would pay for each row, and nothing deletes a job but our own code.

create table projects (
  id int generated always as identity primary key,
  handle text not null unique,
  created_at timestamptz not null default now()
);

-- The one table with secrets: for its owner alone.
create table project_secrets (
  project_id int primary key references projects,
  storage_key bytea not null,              -- keys the HMAC that names stored pictures
  webhook_secret text,
  webhook_headers jsonb not null default '{}'
);
revoke all on project_secrets from public;

-- Media types and limits of a project as they were when a job was accepted; never secrets.
create table project_snapshots (
  id int generated always as identity primary key,
  project_id int not null references projects,
  digest bytea not null,
  content bytea not null,
  unique (project_id, digest)
);

create table tokens (
  id int generated always as identity primary key,
  project_id int not null references projects,
  name text not null,
  digest bytea not null unique,            -- SHA-256 of the token; the token itself is nowhere
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

create table jobs (
  id bigint generated always as identity primary key,
  public_id text not null unique,
  project_id int not null references projects,
  snapshot_id int not null references project_snapshots,
  token_id int references tokens,
  rank bigint not null,                    -- place in the order of acceptance: the later decides an entry
  system_name text not null,
  webhook text,
  context text,                            -- JSON as it came
  state text not null default 'queued' check (state in ('queued', 'started', 'success', 'failed', 'cancelled')),
  total int not null,
  done int not null default 0,
  success int not null default 0,
  skipped int not null default 0,
  failed int not null default 0,
  cancelled int not null default 0,
  accepted_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  check (done = success + skipped + failed + cancelled and done <= total)
);
create index jobs_project on jobs (project_id, id desc);

-- What was asked for: written once by COPY, never updated.
create table images (
  job_id bigint not null,
  position int not null,                   -- 0 is the first of the batch
  url text not null,
  external_id text not null,
  file_name text not null,
  media_type text not null,
  metadata json not null,                  -- as it came; json, not jsonb: nothing is read out of it here
  primary key (job_id, position)
);

-- What became of it: inserted once; the key is the promise of one final row for each image.
create table results (
  job_id bigint not null,
  position int not null,
  state text not null check (state in ('success', 'skipped', 'failed', 'cancelled')),
  attempts smallint not null,
  title text,
  entry_id text,
  asset_key text,
  width int,
  height int,
  mime_type text,
  code text,
  reason text,
  retryable boolean,
  http_status smallint,
  finished_at timestamptz not null default now(),
  primary key (job_id, position)
);

-- Work that is left: a row goes when its last image is settled.
create table chunks (
  id bigint generated always as identity primary key,
  job_id bigint not null,
  number int not null,                     -- place in its job, the priority of its task
  positions int[] not null,
  tries smallint not null default 0,       -- tries its images have behind them
  attempt int not null default 0,          -- the fence: each claim raises it, a stale worker finds another
  waiting_since timestamptz,               -- since when its images wait for an origin or for storage
  available_at timestamptz not null default now(),
  claimed_at timestamptz
) with (fillfactor = 80);
create index chunks_job on chunks (job_id);

create table entries (
  id text primary key,
  project_id int not null references projects,
  version int not null default 1,
  system_name text,
  external_id text,
  media_type text not null,
  title text not null,
  metadata jsonb not null,
  asset_key text not null,
  asset_size bigint not null,
  width int not null,
  height int not null,
  mime_type text not null,
  file_name text not null,
  rank bigint not null default 0,          -- of the job that decided it last
  source_url text,                         -- where the current asset came from
  etag text,                               -- what that origin said of it
  last_modified text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint entries_pair unique (project_id, system_name, external_id)
) with (fillfactor = 90);

create table blobs (
  key text primary key,
  project_id int not null references projects,
  sha256 bytea not null,
  size bigint not null,
  mime_type text not null,
  state text not null default 'putting' check (state in ('putting', 'stored', 'deleting')),
  changed_at timestamptz not null default now()
) with (fillfactor = 90);

create table workers (
  id bigint generated always as identity primary key,
  host text not null,
  pid int not null,
  release text not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

-- Origins that pictures come from, and their moods.
create table origins (
  name text primary key,
  unreachable int not null default 0,      -- tries in a row without any HTTP answer
  parked_at timestamptz,
  probe_at timestamptz,
  slow_until timestamptz                   -- it asked us to wait (Retry-After)
);

create table origin_leases (
  origin text not null,
  worker_id bigint not null references workers on delete cascade,
  connections int not null,
  primary key (origin, worker_id)
);

-- Part of each origin's connection limit for one worker: at most what is free and a fair share, at
-- least what it keeps busy. 0 connections: nothing free now. Leases die with the heartbeat (30 s).
create function lease_origins(asker bigint, names text[], busy int[], connection_limit int)
returns table (origin text, connections int, unreachable int, parked_seconds float8, probing boolean, slow_seconds float8)
language plpgsql as $$
declare
  instant timestamptz;
  share int;
begin
  insert into origins (name) select distinct n from unnest(names) as n order by n on conflict do nothing;
  perform from origins where origins.name = any (names) order by origins.name for update;
  instant := clock_timestamp();
  select greatest(1, connection_limit / greatest(1, count(*))::int) into share
    from workers where heartbeat_at > instant - interval '30 seconds';
  return query
  with asked as (
    select a.name, a.busy from unnest(names, busy) as a (name, busy)
  ), taken as (
    select l.origin as name, sum(l.connections) as others
    from origin_leases l join workers w on w.id = l.worker_id
    where l.origin = any (names) and l.worker_id <> asker and w.heartbeat_at > instant - interval '30 seconds'
    group by l.origin
  ), granted as (
    select a.name, greatest(a.busy, least(share, connection_limit - coalesce(t.others, 0)::int), 0) as connections
    from asked a left join taken t on t.name = a.name
  ), leased as (
    insert into origin_leases as mine (origin, worker_id, connections)
    select g.name, asker, g.connections from granted g where g.connections > 0 order by g.name
    on conflict on constraint origin_leases_pkey do update set connections = excluded.connections
  ), probed as (
    update origins o set probe_at = instant + interval '30 seconds'
    where o.name = any (names) and o.parked_at is not null and o.probe_at <= instant
    returning o.name
  )
  select g.name, g.connections, o.unreachable,
    case when o.parked_at is null or p.name is not null then 0.0::float8
         else greatest(0.5, extract(epoch from o.probe_at - instant))::float8 end,
    p.name is not null,
    greatest(0.0, coalesce(extract(epoch from o.slow_until - instant), 0.0))::float8
  from granted g join origins o on o.name = g.name left join probed p on p.name = g.name;
end
$$;

create table deliveries (
  id bigint generated always as identity primary key,
  public_id text not null unique,          -- the webhook-id, the same in every try
  job_id bigint not null,
  project_id int not null references projects,
  url text not null,
  body text not null,                      -- exactly what is sent and signed
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  tries int not null default 0,
  attempt int not null default 0,          -- the fence, as in chunks
  created_at timestamptz not null default now(),
  next_try_at timestamptz,
  finished_at timestamptz
);
create index deliveries_job on deliveries (job_id);
create index deliveries_pending on deliveries (next_try_at) where state = 'pending';

create table delivery_tries (
  delivery_id bigint not null references deliveries on delete cascade,
  number int not null,
  at timestamptz not null default clock_timestamp(),
  http_status smallint,
  problem text,
  milliseconds int not null,
  primary key (delivery_id, number)
);
