-- sizes --
-- Bytes of the database, and of its table of pictures, on their disk.
select pg_database_size(current_database()) as database, pg_relation_size('blobs') as blobs;

-- sampled --
-- Pictures in storage and their bytes, of some blocks of the table: `share` is in percent.
select count(*)::float8 as pictures, coalesce(sum(size), 0)::float8 as octets
from blobs tablesample system (%(share)s::float8::real) where state = 'stored';

-- paused --
-- Receivers of webhooks that are paused, the longest first, and how much waits for each.
select p.handle as project, e.origin, e.failing_since, e.paused_at, e.probe_at,
  (select count(*) from (
    select from deliveries d where d.endpoint_id = e.id and d.state = 'paused' limit %(most)s
  ) w) as waiting
from endpoints e join projects p on p.id = e.project_id
where e.paused_at is not null
order by e.paused_at
limit %(limit)s;
