-- look --
-- How much work there is, and how old: one row for the whole installation. Each column is a metric
-- without its `wirephoto_`, and the value of its label where it has one.
select c.*, o.*, d.*,
  coalesce((select extract(epoch from now() - min(j.accepted_at)) from (select distinct job_id from chunks) c
            cross join lateral (select accepted_at from jobs where id = c.job_id limit 1) j),
    0)::float8 as queue_oldest_job_seconds,
  (select count(*) from workers where heartbeat_at > now() - interval '30 seconds')::float8 as workers
from (
  select count(*) filter (where claimed_at is null and available_at <= now())::float8 as queue_chunks_due,
    count(*) filter (where claimed_at is null and available_at > now())::float8 as queue_chunks_later,
    count(*) filter (where claimed_at is not null)::float8 as queue_chunks_claimed,
    coalesce(sum(cardinality(positions)), 0)::float8 as queue_images,
    count(waiting_since)::float8 as queue_waiting_chunks,
    coalesce(extract(epoch from now() - min(available_at) filter (where claimed_at is null and available_at <= now())),
      0)::float8 as queue_oldest_seconds,
    count(distinct job_id)::float8 as queue_jobs
  from chunks
) c
cross join (
  select count(parked_at)::float8 as origins_parked,
    coalesce(extract(epoch from now() - min(parked_at) filter (where changed_at > now() - interval '10 minutes')),
      0)::float8 as origins_parked_oldest_seconds,
    count(*) filter (where slow_until > now())::float8 as origins_slowed
  from origins
) o
cross join (
  select count(*)::float8 as webhooks_pending,
    coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as webhooks_oldest_seconds,
    (select count(*) from deliveries where state = 'paused')::float8 as webhooks_paused
  from deliveries where state = 'pending'
) d;
