-- room --
-- Whether a project may announce so many more: of those that no import has named yet. What is counted
-- is bounded, too.
select count(*) + %(more)s <= %(most)s as found
from (select from uploads where project_id = %(project)s and state <> 'removing' and awaited limit %(most)s) u;

-- announce --
-- Says which bytes are about to be sent. What is announced already is the same upload, and lives on.
-- What a picture of the library holds need not be sent: a new upload borrows it, and makes it young,
-- so that the collector leaves it.
with given as (
  select n.* from json_to_recordset(%(rows)s::json) as n (public_id text, sha256 text, size bigint, key text, known text[])
), found as materialized (
  select n.public_id, b.key from given n
  cross join lateral (
    select key from blobs where key = any (n.known) and state = 'stored' and revoked_at is null
      and project_id = %(project)s and size = n.size limit 1 for share
  ) b
), touched as (
  update blobs set changed_at = now()
  where key in (select key from found) and changed_at < now() - interval '1 hour'
)
insert into uploads as u (public_id, project_id, sha256, size, key, borrowed, state, expires_at)
select n.public_id, %(project)s, decode(n.sha256, 'hex'), n.size, coalesce(f.key, n.key), f.key is not null,
  case when f.key is null then 'wanted' else 'stored' end, now() + make_interval(hours => %(hours)s::int)
from given n left join found f on f.public_id = n.public_id
order by n.sha256
on conflict (project_id, sha256) where state <> 'removing' do update
set expires_at = greatest(u.expires_at, excluded.expires_at), awaited = true,
  size = case when u.state = 'wanted' or u.borrowed then excluded.size else u.size end,
  key = case when u.borrowed then excluded.key else u.key end,
  state = case when u.borrowed then excluded.state else u.state end,
  borrowed = u.borrowed and excluded.borrowed
returning public_id, encode(sha256, 'hex') as sha256, size, state, expires_at;

-- find --
-- An upload by the id in its address, with what its signature is checked by.
select u.id, u.sha256, u.size, u.key, u.state, u.project_id as project, s.storage_key as secret,
  u.expires_at > now() and to_timestamp(%(expires)s::float8) > now() as living
from uploads u join project_secrets s on s.project_id = u.project_id
where u.public_id = %(public_id)s and u.state <> 'removing';

-- begin_put --
-- Before bytes are put: they are wanted, and nobody removes them while they are on their way.
update uploads set expires_at = greatest(expires_at, now() + interval '1 hour')
where id = %(upload)s and state = 'wanted' and expires_at > now()
returning id;

-- end_put --
-- They are there; the time to import them begins.
update uploads set state = 'stored', expires_at = now() + make_interval(hours => %(hours)s::int)
where id = %(upload)s and state = 'wanted' and key = %(key)s
returning id;

-- state --
-- What it is by now; no row: it is gone.
select state from uploads where id = %(upload)s and state <> 'removing';

-- hold --
-- Those of a project that an import may name, locked until it is written: nobody removes them.
select id, encode(sha256, 'hex') as sha256 from uploads
where project_id = %(project)s and sha256 = any (%(digests)s::bytea[]) and state = 'stored' and expires_at > now()
order by id for share;

-- use --
-- Images of a job that are made of uploads.
with used as (
  update uploads set awaited = false where id = any (%(uploads)s::bigint[])
)
insert into upload_uses (upload_id, job_id, position)
select upload, %(job)s, position from unnest(%(uploads)s::bigint[], %(positions)s::int[]) as n (upload, position);

-- use_again --
-- The same of a job that tries again what failed in another: as far as uploads are still there.
insert into upload_uses (upload_id, job_id, position)
select u.id, i.job_id, i.position
from images i
join uploads u on u.project_id = %(project)s and u.state = 'stored' and u.sha256 = i.sha256
where i.job_id = %(job)s and starts_with(i.url, %(scheme)s);

-- of_chunk --
-- Where the bytes of uploads lie; those that do not come back are gone.
select encode(sha256, 'hex') as sha256, key from uploads
where project_id = %(project)s and sha256 = any (%(digests)s::bytea[]) and state = 'stored';

-- due --
-- Uploads that may go, said to be removed: every image that was made of one is in the library, and it
-- was not announced anew; or its time is over, and no job waits that names it. And those whose removal
-- was broken off.
update uploads set state = 'removing'
where id in (
  select u.id from uploads u
  where u.state = 'removing'
    or not exists (
      select from upload_uses s join jobs j on j.id = s.job_id
      where s.upload_id = u.id and j.finished_at is null
        and not exists (select from results r where r.job_id = s.job_id and r.position = s.position)
    ) and (
      u.expires_at < now()
      or not u.awaited and not exists (
        select from upload_uses s where s.upload_id = u.id and not exists (
          select from results r where r.job_id = s.job_id and r.position = s.position and r.state in ('success', 'skipped')
        )
      )
    )
  order by u.id limit %(most)s
  for update skip locked
)
returning id, key, borrowed;

-- count_due --
-- How many of them are over by their time alone.
select count(*) as n from uploads where expires_at < now();

-- forget --
-- Their bytes are gone.
delete from uploads where id = any (%(ids)s::bigint[]) and state = 'removing';

-- known --
-- Those of keys that some upload has.
select key from uploads where key = any (%(keys)s::text[]);
