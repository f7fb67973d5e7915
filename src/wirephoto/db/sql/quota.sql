-- left --
-- What is left of a project's day (UTC), and the seconds until the next one begins.
select %(limit)s - coalesce(sum(images), 0)::bigint as images,
  ceil(extract(epoch from (date_trunc('day', clock_timestamp() at time zone 'utc') + interval '1 day')
    - (clock_timestamp() at time zone 'utc')))::int as seconds
from quota_days
where project_id = %(project)s and day = (clock_timestamp() at time zone 'utc')::date;

-- take --
-- Counts a batch into the day; no row: it does not fit. The row is locked until the transaction ends.
insert into quota_days as q (project_id, day, images)
select %(project)s, (clock_timestamp() at time zone 'utc')::date, %(images)s where %(images)s <= %(limit)s
on conflict (project_id, day) do update set images = q.images + excluded.images
where q.images + excluded.images <= %(limit)s
returning images;

-- forget --
-- Days that are over; one that has just ended may still be in somebody's transaction.
delete from quota_days where day < (clock_timestamp() at time zone 'utc')::date - 1;
