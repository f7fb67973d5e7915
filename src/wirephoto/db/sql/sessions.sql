-- insert --
-- Somebody signed in; those that are over go at the same moment.
with over as (
  delete from sessions where digest in (select digest from sessions where expires_at < now() limit 100)
)
insert into sessions (digest, project_id, token_id, scopes, expires_at)
values (%(digest)s, %(project)s, %(token)s, %(scopes)s, now() + make_interval(secs => %(seconds)s));

-- find --
-- A session that counts: not over, and its token neither.
select s.project_id, p.handle, s.token_id, t.name as token_name, s.scopes
from sessions s
join projects p on p.id = s.project_id
left join tokens t on t.id = s.token_id
where s.digest = %(digest)s and s.expires_at > now()
  and (s.token_id is null or (t.revoked_at is null and (t.expires_at is null or t.expires_at > now())));

-- delete --
-- Somebody signed out.
delete from sessions where digest = %(digest)s;

-- project --
-- A project by its handle, for who signs in by the link.
select id from projects where handle = %(handle)s;
