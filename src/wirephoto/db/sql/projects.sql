-- register --
-- A project by its handle; made with a storage key of its own when it is new.
insert into projects (handle) values (%(handle)s) on conflict (handle) do nothing;

-- make_storage_key --
-- The key that names the project's stored pictures: made once, never changed.
insert into project_secrets (project_id, storage_key)
select id, %(storage_key)s from projects where handle = %(handle)s
on conflict (project_id) do nothing;

-- set_secrets --
-- The project's secrets as its file has them now.
update project_secrets s
set webhook_secret = %(webhook_secret)s, webhook_headers = %(webhook_headers)s,
  webhook_origins = %(webhook_origins)s::text[]
from projects p where p.id = s.project_id and p.handle = %(handle)s;

-- insert_snapshot --
-- The project's media types as they are now, one row for each version of them.
insert into project_snapshots (project_id, digest, content)
select id, %(digest)s, %(content)s from projects where handle = %(handle)s
on conflict (project_id, digest) do nothing;

-- find_snapshot --
-- The rows of a project and of this version of its media types.
select s.id, s.project_id from project_snapshots s join projects p on p.id = s.project_id
where p.handle = %(handle)s and s.digest = %(digest)s;
