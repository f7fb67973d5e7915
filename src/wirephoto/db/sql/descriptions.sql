-- note --
-- Pictures that are new: somebody describes them later.
insert into undescribed (keys) values (%(keys)s::text[]);

-- claim --
-- Some of them to describe, the oldest first. While an import is under way they wait, for a quarter
-- of an hour. Who is silent for as long has lost them.
update undescribed set due_at = now() + interval '15 minutes', tries = tries + 1
where id = (
  select id from undescribed
  where due_at <= now() and (
    created_at < now() - interval '15 minutes'
    or not exists (select from chunks where available_at <= now())
  )
  order by due_at limit 1 for update skip locked
)
returning id, keys, tries, created_at < now() - interval '15 minutes' as overdue;

-- imports_wait --
-- Whether an import is under way.
select exists (select from chunks where available_at <= now()) as found;

-- pictures --
-- What is to be known of them; those that are described or gone, or are drawings, are left out.
select b.key, b.size, b.mime_type, b.sha256, b.revoked_at is not null as revoked
from blobs b
where b.key = any (%(keys)s::text[]) and b.state = 'stored' and b.mime_type <> 'image/svg+xml'
  and not exists (select from descriptions d where d.key = b.key);

-- keep --
-- What they look like. The lock keeps what is being removed from coming back into its row.
insert into descriptions (key, project_id, blurhash, dominant_color, difference_hash)
select b.key, b.project_id, n.blurhash, n.dominant_color, n.difference_hash
from unnest(%(keys)s::text[], %(blurhashes)s::text[], %(colors)s::text[], %(hashes)s::bigint[])
  as n (key, blurhash, dominant_color, difference_hash)
join (select key, project_id from blobs where key = any (%(keys)s::text[]) order by key for key share) b on b.key = n.key
on conflict (key) do nothing;

-- done --
-- All of a claim is described.
delete from undescribed where id = %(undescribed)s and tries = %(tries)s;

-- put_off --
-- What is left of a claim, for a later time; it may cost no try.
update undescribed set keys = %(keys)s::text[], due_at = now() + make_interval(secs => %(seconds)s::float8),
  tries = tries - %(returned)s::int
where id = %(undescribed)s and tries = %(tries)s;

-- of_entry --
-- The picture of an entry, and its hash where it has one.
select e.asset_key, d.difference_hash from entries e left join descriptions d on d.key = e.asset_key
where e.project_id = %(project)s and e.id = %(id)s;

-- same --
-- Other entries of the same picture.
select id from entries
where project_id = %(project)s and asset_key = %(key)s and id <> %(id)s and archived_at is null
order by id limit %(limit)s;

-- alike --
-- Entries whose pictures' hashes differ in few bits, the nearest first. Each part's look-alikes are
-- given: one of them holds each picture that counts. Entries are looked up picture by picture, until
-- there are enough: archived ones take nobody's place (`offset 0` keeps it so).
with near as materialized (
  select d.key, bit_count((d.difference_hash # %(hash)s::bigint)::bit(64)) as distance
  from descriptions d
  where d.project_id = %(project)s and (
    (d.difference_hash & 65535)::int = any (%(part_0)s::int[])
    or (d.difference_hash >> 16 & 65535)::int = any (%(part_1)s::int[])
    or (d.difference_hash >> 32 & 65535)::int = any (%(part_2)s::int[])
    or (d.difference_hash >> 48 & 65535)::int = any (%(part_3)s::int[])
  ) and bit_count((d.difference_hash # %(hash)s::bigint)::bit(64)) <= %(distance)s
    and d.key <> %(key)s
)
select id, distance from (
  select e.id, n.distance from (select key, distance from near order by distance, key) n
  cross join lateral (
    select id from entries
    where project_id = %(project)s and asset_key = n.key and archived_at is null offset 0
  ) e
  limit %(limit)s
) found
order by distance, id;
