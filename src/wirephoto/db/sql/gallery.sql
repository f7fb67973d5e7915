-- systems --
-- The systems of a project's entries, by their names: one probe of the index for each.
with recursive found as (
  (select e.system_name from entry_search e
   where e.project_id = %(project)s and e.system_name is not null order by e.system_name limit 1)
  union all
  select (select e.system_name from entry_search e
    where e.project_id = %(project)s and e.system_name > f.system_name order by e.system_name limit 1)
  from found f where f.system_name is not null
)
select system_name from found where system_name is not null limit %(limit)s;

-- how_many --
-- Entries of a project, counted up to a limit: a library of millions is not walked through.
select count(*) as entries
from (select e.entry_id from entry_search e where e.project_id = %(project)s limit %(most)s) e;

-- origin --
-- Where an entry's picture came from, and the job that brought it last.
select e.source_url, j.public_id as job
from entries e
left join jobs j on j.id = coalesce(
  (select c.job_id from entry_changes c
   where c.entry_id = e.id and c.job_id is not null order by c.version desc limit 1),
  e.created_by)
where e.project_id = %(project)s and e.id = %(id)s;
