-- What lets a person steer jobs: keys of requests, used quotas, jobs that repeat others, and lists.

-- Requests that carried an Idempotency-Key: the job that the first of them made.
create table request_keys (
  project_id int not null references projects,
  key text not null,
  digest bytea not null,                   -- SHA-256 of the request's body, byte for byte
  job text not null,                       -- the job's public id
  created_at timestamptz not null default clock_timestamp(),
  primary key (project_id, key)
);
create index request_keys_age on request_keys (created_at);

-- Images accepted in a day (UTC) while the project had a quota.
create table quota_days (
  project_id int not null references projects,
  day date not null,
  images bigint not null,
  primary key (project_id, day)
) with (fillfactor = 50);

alter table jobs add column retry_of bigint;   -- the job whose images this one tries again

create index jobs_state on jobs (project_id, state, id desc);
create index jobs_system on jobs (project_id, system_name, id desc);
