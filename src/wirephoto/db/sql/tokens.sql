-- insert --
-- A new token of a project: its digest alone.
insert into tokens (project_id, name, digest, scopes, expires_at)
select p.id, %(name)s, %(digest)s, %(scopes)s, %(expires_at)s from projects p where p.handle = %(project)s
returning id;

-- find --
-- The token that hashes to this digest, and whether it counts.
select t.id, t.project_id, p.handle, t.name, t.scopes, t.revoked_at is not null as revoked,
  coalesce(t.expires_at <= now(), false) as expired,
  coalesce(t.last_used_at < now() - interval '1 minute', true) as unseen
from tokens t join projects p on p.id = t.project_id
where t.digest = %(digest)s;

-- used --
-- Notes that a token is in use, once a minute.
update tokens set last_used_at = now() where id = %(token)s;

-- listed --
-- All tokens, for the person at the command line.
select t.id, p.handle as project, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at
from tokens t join projects p on p.id = t.project_id
order by t.id;

-- revoke --
-- Ends tokens by id or by name in force at once.
update tokens set revoked_at = now()
where revoked_at is null and (id::text = %(which)s or name = %(which)s)
returning id, name;

-- in_force --
-- Those of some tokens that count now.
select id from tokens
where id = any (%(tokens)s::int[]) and revoked_at is null and (expires_at is null or expires_at > now());
