-- Entries whose copy for searching is not there, or is not what they are, though none waits to be
-- made; copies without an entry. Copy and queue change in one transaction.
create view search_faults as
select case when s.entry_id is null then 'search_missing' else 'search_stale' end as kind, e.id as entry_id,
  e.project_id, e.version, s.version as copied
from entries e left join entry_search s on s.entry_id = e.id
where (s.entry_id is null or (s.version, s.project_id, s.system_name, s.media_type, s.mime_type, s.asset_key, s.width,
    s.height, s.size, s.created_at, s.updated_at, s.archived)
    is distinct from (e.version, e.project_id, e.system_name, e.media_type, e.mime_type, e.asset_key, e.width,
    e.height, e.asset_size, e.created_at, e.updated_at, e.archived_at is not null))
  and not exists (select from (select unnest(entry_ids) as id from search_queue) q where q.id = e.id)
union all
select 'search_orphan', s.entry_id, s.project_id, null, s.version
from entry_search s left join entries e on e.id = s.entry_id
where e.id is null;
