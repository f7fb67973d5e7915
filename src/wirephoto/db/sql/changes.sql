-- insert --
-- What a transaction has changed of entries, each with the version that it has now.
insert into entry_changes (entry_id, version, kind, job_id, token_id, changes)
select n.entry, n.version, %(kind)s, %(job)s, %(token)s, n.changes
from json_to_recordset(%(rows)s::json) as n (entry text, version int, changes jsonb);

-- history --
-- What became of an entry, the newest first. That an import made it stands in the entry alone.
with written as (
  select c.version, c.at, c.kind, c.job_id, c.token_id, c.changes
  from entry_changes c
  where c.entry_id = %(entry)s and (%(before)s::int is null or c.version < %(before)s)
  order by c.version desc limit %(limit)s
), made as (
  select 1 as version, e.created_at as at, 'import' as kind, e.created_by as job_id, null::int as token_id,
    '[]'::jsonb as changes
  from entries e
  where e.id = %(entry)s and (%(before)s::int is null or %(before)s > 1)
    and not exists (select from entry_changes c where c.entry_id = e.id and c.version = 1)
)
select h.version, h.at, h.kind, h.changes, coalesce(j.public_id, p.public_id) as job, t.id as token, t.name as token_name
from (select * from written union all select * from made) h
left join jobs j on j.id = h.job_id
left join past_jobs p on p.id = h.job_id
left join tokens t on t.id = coalesce(h.token_id, j.token_id, p.token_id)
order by h.version desc limit %(limit)s;

-- forget --
-- Changes that are older than they are kept, a few thousand at a time.
delete from entry_changes
where ctid = any (array(
  select ctid from entry_changes where at < now() - make_interval(days => %(days)s::int) order by at limit 5000
));
