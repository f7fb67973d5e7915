-- settle --
-- What a part of a chunk has come to, all of it or nothing, and in one statement: each costs a worker
-- and the server a way there and back, beside its work. Locks are taken in the order of a transaction
-- that looks at entries first: the chunk, which is the fence; pictures that entries will refer to, in
-- the order of their keys (`held`; see `blobs.hold`); new entries, where a pair that somebody else has
-- made fails the statement; the job. Then it says whether the fence held, and whether it was written:
-- it was not where a picture is not there any more.
--
-- Final rows of images: one that is there already stays as it is. New pictures are described later by
-- somebody, entries made ready to be searched. `skipped` is how many images have their rows already.
-- Who settles the last of a job closes it, and sees it.
with fenced as materialized (
  select id from chunks where id = %(chunk)s and attempt = %(attempt)s for no key update
), wanted as materialized (
  select key, put from json_to_recordset(%(held)s::json) as n (key text, put boolean) order by key
), mine as materialized (
  select b.key, b.state, b.changed_at
  from wanted n
  cross join lateral (
    select key, state, changed_at from blobs
    where key = n.key and (select id from fenced) is not null
      and (state = 'stored' or state = 'putting' and n.put)
      and now() - %(reserved_at)s::timestamptz < interval '12 hours'
    offset 0 for no key update
  ) b
), allowed as materialized (
  select id from fenced where (select count(*) from mine) = (select count(*) from wanted)
), stored as (
  update blobs set state = 'stored', changed_at = now() from mine, allowed
  where blobs.key = mine.key and (mine.state = 'putting' or mine.changed_at < now() - interval '1 hour')
), made as (
  insert into entries (id, project_id, system_name, external_id, media_type, title, metadata, asset_key,
    asset_size, width, height, mime_type, file_name, rank, created_by, source_url, etag, last_modified,
    origins, left_out, checksum, source_sha256, request_digest)
  select n.id, %(project)s, %(system_name)s, n.external_id, n.media_type, n.title, n.metadata::jsonb, n.asset_key,
    n.asset_size, n.width, n.height, n.mime_type, n.file_name, %(rank)s, %(job)s,
    n.source_url, n.etag, n.last_modified, n.origins::jsonb, n.left_out::jsonb,
    n.checksum, decode(n.source_sha256, 'hex'), decode(n.request_digest, 'hex')
  from allowed, json_to_recordset(%(entries)s::json) as n (id text, external_id text, media_type text, title text,
    metadata text, asset_key text, asset_size bigint, width int, height int, mime_type text, file_name text,
    source_url text, etag text, last_modified text, origins text, left_out text, checksum text, source_sha256 text,
    request_digest text)
  order by n.external_id
  returning id
), recorded as (
  insert into embedded (asset_key, record)
  select n.asset_key, n.record::jsonb
  from allowed, unnest(%(record_keys)s::text[], %(records)s::text[]) as n (asset_key, record)
  order by n.asset_key
  on conflict (asset_key) do update set record = excluded.record, read_at = now()
  where embedded.record is distinct from excluded.record
  returning asset_key
), settled as (
  insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type,
    code, reason, retryable, http_status)
  select %(job)s, n.*
  from json_to_recordset(%(rows)s::json) as n (position int, state text, attempts smallint, title text, entry_id text,
    asset_key text, width int, height int, mime_type text, code text, reason text, retryable boolean, http_status smallint)
  where exists (select from allowed)
  on conflict (job_id, position) do nothing
  returning state
), to_describe as (
  insert into undescribed (keys) select %(put)s::text[] from allowed where %(put)s::text[] <> '{}'
), to_search as (
  insert into search_queue (project_id, entry_ids)
  select %(project)s, %(written)s::text[] from allowed where %(written)s::text[] <> '{}'
), closed as (
  delete from chunks using allowed where chunks.id = %(chunk)s and %(closes)s
), counted as (
  select count(*) + %(skipped)s as done, count(*) filter (where state = 'success') as success,
    count(*) filter (where state = 'skipped') + %(skipped)s as skipped,
    count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'cancelled') as cancelled
  from settled
), ended as (
  update jobs j
  set done = j.done + c.done, success = j.success + c.success, skipped = j.skipped + c.skipped,
    failed = j.failed + c.failed, cancelled = j.cancelled + c.cancelled,
    state = case when j.done + c.done = j.total and j.state in ('queued', 'started') then 'success' else j.state end,
    finished_at = case when j.done + c.done = j.total then coalesce(j.finished_at, now()) else j.finished_at end
  from allowed, counted c
  where j.id = %(job)s and j.done < j.total and c.done > 0
    and (select count(*) from made) + (select count(*) from recorded) >= 0  -- these before the job is locked
  returning j.done = j.total as finished, j.id, j.public_id, j.project_id, j.state, j.webhook, j.context, j.total,
    j.success, j.skipped, j.failed, j.cancelled,
    greatest(0, extract(epoch from j.accepted_at + interval '1 second' - now()))::float8 as hold_seconds
)
select exists (select from fenced) as fenced, exists (select from allowed) as written, ended.*
from (values (1)) as answer left join ended on true;
