-- never --
-- Rows of images whose pair is there: their entries are not looked at, nor touched.
insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type, reason)
select %(job)s, p.position, 'skipped', 0, e.title, e.id, e.asset_key, e.width, e.height, e.mime_type, %(reason)s
from (select unnest(positions) as position from chunks where id = %(chunk)s) p
cross join lateral (
  select external_id from images where job_id = %(job)s and position = p.position offset 0
) i
cross join lateral (
  select id, title, asset_key, width, height, mime_type from entries
  where project_id = %(project)s and system_name = %(system_name)s and external_id = i.external_id offset 0
) e
on conflict (job_id, position) do nothing;

-- same --
-- Rows of images that ask for what the last import of their pair asked for, the version included,
-- where nobody edited the entry since and no later job decided it. Entries are locked in the order
-- of their external ids, as everywhere. Their rank says that this job decided them, too.
with asked as materialized (
  select p.position, i.external_id,
    request_digest(%(rules)s, i.file_name, i.media_type, i.metadata, i.checksum, i.sha256) as digest
  from (select unnest(positions) as position from chunks where id = %(chunk)s) p
  cross join lateral (
    select * from images where job_id = %(job)s and position = p.position offset 0
  ) i
  where i.checksum is not null or i.sha256 is not null
  order by i.external_id
), same as materialized (
  select a.position, e.*
  from asked a
  cross join lateral (
    select id, title, asset_key, width, height, mime_type from entries
    where project_id = %(project)s and system_name = %(system_name)s and external_id = a.external_id
      and request_digest = a.digest and edited_at is null and rank <= %(rank)s
    for no key update
  ) e
), decided as (
  update entries set rank = %(rank)s from same where entries.id = same.id and entries.rank < %(rank)s
)
insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type, reason)
select %(job)s, position, 'skipped', 0, title, id, asset_key, width, height, mime_type, %(reason)s from same
on conflict (job_id, position) do nothing;

-- cut --
-- Chunks of equal size of what a chunk has left, in its order.
insert into chunks (job_id, number, positions)
select %(job)s, min(p.position) / %(size)s as number, array_agg(p.position order by p.position)
from (
  select position, row_number() over (order by position) - 1 as place
  from (select unnest(positions) as position from chunks where id = %(chunk)s) c
  where not exists (select from results where job_id = %(job)s and position = c.position offset 0)
) p
group by p.place / %(size)s
order by number
returning id, number;
