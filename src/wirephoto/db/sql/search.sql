-- page --
-- Entries that fit all that is asked, the newest first, or the best of the newest. What is null asks
-- nothing: it is gone when the statement is planned, which it is anew for each asker.
with matching as materialized (
  select e.entry_id as id, e.created_at, e.words
  from entry_search e
  where e.project_id = %(project)s
    and (%(words)s::text[] is null or e.words @@ search_query(%(words)s::text[]))
    and (%(media_type)s::text is null or e.media_type = %(media_type)s)
    and (%(system_name)s::text is null or e.system_name = %(system_name)s)
    and (%(mime_type)s::text is null or e.mime_type = %(mime_type)s)
    and (%(orientation)s::int is null or orientation(e.width, e.height) = %(orientation)s)
    and (%(created_from)s::timestamptz is null or e.created_at >= %(created_from)s)
    and (%(created_to)s::timestamptz is null or e.created_at < %(created_to)s)
    and (%(updated_from)s::timestamptz is null or e.updated_at >= %(updated_from)s)
    and (%(updated_to)s::timestamptz is null or e.updated_at < %(updated_to)s)
    and (%(min_width)s::int is null or e.width >= %(min_width)s)
    and (%(max_width)s::int is null or e.width <= %(max_width)s)
    and (%(min_height)s::int is null or e.height >= %(min_height)s)
    and (%(max_height)s::int is null or e.height <= %(max_height)s)
    and (%(min_size)s::bigint is null or e.size >= %(min_size)s)
    and (%(max_size)s::bigint is null or e.size <= %(max_size)s)
    and (%(archived)s::boolean is null or e.archived = %(archived)s)
    and (%(revoked)s::boolean is not true or e.asset_key = any (array(
      select b.key from blobs b where b.project_id = %(project)s and b.revoked_at is not null)))
    and (%(revoked)s::boolean is not false or not exists (
      select from blobs b where b.project_id = %(project)s and b.key = e.asset_key and b.revoked_at is not null))
    and (%(before_at)s::timestamptz is null or (e.created_at, e.entry_id) < (%(before_at)s, %(before_id)s::text))
    and (%(top_at)s::timestamptz is null or (e.created_at, e.entry_id) <= (%(top_at)s, %(top_id)s::text))
  order by e.created_at desc, e.entry_id desc
  limit %(candidates)s
), ranked as (
  select m.id, m.created_at,
    case when %(by_rank)s::boolean then ts_rank(m.words, search_query(%(words)s::text[]))::float8 else 0 end as rank
  from matching m
), page as (
  select r.id, r.created_at, r.rank
  from ranked r
  where %(after_rank)s::float8 is null
    or (r.rank, r.created_at, r.id) < (%(after_rank)s, %(after_at)s::timestamptz, %(after_id)s::text)
  order by r.rank desc, r.created_at desc, r.id desc
  limit %(limit)s
)
select e.id, e.version, e.system_name, e.external_id, e.media_type, e.title, e.metadata, e.asset_key, e.asset_size,
  e.width, e.height, e.mime_type, e.file_name, e.created_at, e.updated_at, e.archived_at, b.revoked_at, b.revoke_note,
  e.left_out, d.blurhash, d.dominant_color, p.rank, (select max(m.created_at) from matching m) as top_at,
  (select m.id from matching m order by m.created_at desc, m.id desc limit 1) as top_id
from page p
join entries e on e.id = p.id
left join blobs b on b.key = e.asset_key
left join descriptions d on d.key = e.asset_key
order by p.rank desc, p.created_at desc, p.id desc;

-- set_rules --
-- Which properties are searchable from now on; a row where that is new.
insert into search_rules as r (project_id, properties) values (%(project)s, %(properties)s::jsonb)
on conflict (project_id) do update set properties = excluded.properties
where r.properties <> excluded.properties
returning project_id;

-- enqueue_all --
-- Every entry of a project is to be looked at, some in a row.
insert into search_queue (project_id, entry_ids)
select %(project)s, array_agg(id) from (
  select id, row_number() over (order by id) / 100 as block from entries where project_id = %(project)s
) e group by block order by block;

-- enqueue --
-- Entries that this transaction has made or changed.
insert into search_queue (project_id, entry_ids) values (%(project)s, %(ids)s::text[]);

-- importing --
-- Whether imports are at work, which go first.
select exists (select from chunks where claimed_at > now() - interval '5 seconds') as found;

-- dequeue --
-- A hundred entries or so, the first in the queue; nobody else has them until this transaction ends.
with waiting as materialized (
  select id, entry_ids from search_queue order by id limit 100 for update skip locked
), placed as (
  select id, sum(cardinality(entry_ids)) over (order by id) - cardinality(entry_ids) as before from waiting
), taken as (
  delete from search_queue q using placed p where q.id = p.id and p.before < 100 returning q.entry_ids
)
select distinct entry from taken, unnest(taken.entry_ids) as entry;

-- dequeue_newest --
-- The last in the queue of a project. What somebody is just looking at is waited for.
with waiting as materialized (
  select id, entry_ids from search_queue
  where project_id = %(project)s order by id desc limit 100 for update
), placed as (
  select id, sum(cardinality(entry_ids)) over (order by id desc) - cardinality(entry_ids) as before from waiting
), taken as (
  delete from search_queue q using placed p where q.id = p.id and p.before < 100 returning q.entry_ids
)
select distinct entry from taken, unnest(taken.entry_ids) as entry;

-- entries --
-- Entries as they are, with the properties that are searchable in them.
select e.id, e.version, e.title, e.metadata, coalesce(r.properties -> e.media_type, '[]'::jsonb) as properties
from entries e left join search_rules r on r.project_id = e.project_id
where e.id = any (%(ids)s::text[]);

-- write --
-- The copy of entries; one that was changed meanwhile is in the queue again.
insert into entry_search as s (entry_id, version, project_id, words, system_name, media_type, mime_type, asset_key,
  width, height, size, created_at, updated_at, archived)
select e.id, e.version, e.project_id, search_vector(n.title, n.words), e.system_name, e.media_type, e.mime_type,
  e.asset_key, e.width, e.height, e.asset_size, e.created_at, e.updated_at, e.archived_at is not null
from json_to_recordset(%(rows)s::json) as n (id text, version int, title text, words text)
join entries e on e.id = n.id and e.version = n.version
order by e.id
on conflict (entry_id) do update
set version = excluded.version, words = excluded.words, system_name = excluded.system_name,
  media_type = excluded.media_type, mime_type = excluded.mime_type, asset_key = excluded.asset_key,
  width = excluded.width, height = excluded.height, size = excluded.size, updated_at = excluded.updated_at,
  archived = excluded.archived
where s.version <= excluded.version;
