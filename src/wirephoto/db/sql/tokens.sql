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

-- of_project --
-- Tokens of a project, those in force before those that are ended, the newest first.
select t.id, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at, m.name as made_by,
  t.revoked_at is not null or coalesce(t.expires_at <= now(), false) as ended
from tokens t left join tokens m on m.id = t.made_by
where t.project_id = %(project)s
order by ended, t.id desc
limit %(limit)s;

-- lock_project --
-- One at a time makes tokens of a project, so that names in force stay different.
select from projects where id = %(project)s for no key update;

-- give --
-- A token that somebody makes by a token: it ends no later than its maker. No row: the name is taken.
insert into tokens (project_id, name, digest, scopes, expires_at, made_by)
select p.id, %(name)s, %(digest)s, %(scopes)s, least(now() + make_interval(days => %(days)s::int), m.expires_at), m.id
from projects p left join tokens m on m.id = %(maker)s::int
where p.id = %(project)s and not exists (
  select from tokens t
  where t.project_id = p.id and t.name = %(name)s and t.revoked_at is null and coalesce(t.expires_at > now(), true)
)
returning id;

-- take --
-- Ends a token of a project at once, if it may do nothing but what these scopes allow.
update tokens set revoked_at = now()
where id = %(token)s and project_id = %(project)s and revoked_at is null and scopes <@ %(scopes)s::text[]
returning name;
