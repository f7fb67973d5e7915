-- What may be removed once it is over, and what is left to tell of it.

-- Found by the moment they ended; written once a job.
create index jobs_finished on jobs (finished_at) where finished_at is not null;

-- Jobs that nothing waits for any more. A webhook holds its job back while it is due; that of a paused
-- endpoint for thirty days.
create view spent_jobs as
select j.id, j.total, j.finished_at from jobs j
where j.finished_at is not null and j.state in ('success', 'failed', 'cancelled')
  and not exists (select from chunks c where c.job_id = j.id)
  and not exists (
    select from deliveries d where d.job_id = j.id and (d.state = 'pending'
      or d.state = 'paused' and d.created_at > now() - interval '30 days'));

-- Jobs that were removed: the histories of entries go on naming them.
create table past_jobs (
  id bigint primary key,
  public_id text not null,
  token_id int references tokens
);

-- Work that one worker of all does once in a while.
create table chores (
  name text primary key,
  begun_at timestamptz not null default now()
);
