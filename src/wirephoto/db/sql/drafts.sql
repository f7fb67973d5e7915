-- insert --
-- A list that somebody gave. Those of a day ago go, and of the project all but the newest few.
with over as (
  delete from drafts d
  where d.created_at < now() - interval '1 day'
    or d.id in (
      select id from drafts where project_id = %(project)s order by id desc offset %(kept)s
    )
)
insert into drafts (public_id, project_id, name, asked)
values (%(public_id)s, %(project)s, %(name)s, %(asked)s::jsonb)
returning id;

-- add --
-- The next block of a list.
insert into draft_blocks (draft_id, number, content) values (%(draft)s, %(number)s, %(content)s);

-- find --
-- A list of a project that is no older than a day.
select id, public_id, name, created_at, asked::text as asked, found::text as found
from drafts
where project_id = %(project)s and public_id = %(public_id)s and created_at > now() - interval '1 day';

-- block --
-- One block of a list.
select content from draft_blocks where draft_id = %(draft)s and number = %(number)s;

-- note --
-- What somebody asks of a list, and what would come of it.
update drafts set asked = %(asked)s::jsonb, found = %(found)s::jsonb where id = %(draft)s;

-- systems --
-- The systems that a project imported from last.
select system_name from (
  select j.system_name, max(j.id) as last
  from (select id, system_name from jobs where project_id = %(project)s order by id desc limit 500) j
  group by j.system_name
) s
order by s.last desc
limit 20;
