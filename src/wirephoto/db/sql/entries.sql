-- lock_pairs --
-- Entries of these pairs as they are, locked in the order of their ids outside (no deadlocks).
select id, external_id, version, media_type, title, metadata, asset_key, asset_size, width, height,
  mime_type, file_name, rank, source_url, etag, last_modified, origins,
  encode(source_sha256, 'hex') as source_sha256,
  edited_at is not null as edited
from entries
where project_id = %(project)s and system_name = %(system_name)s and external_id = any (%(external_ids)s::text[])
order by external_id
for no key update;

-- update --
-- Entries that changed. An import that decides an entry ends what was edited since the one before.
update entries e
set version = e.version + 1, media_type = n.media_type, title = n.title, metadata = n.metadata::jsonb,
  asset_key = n.asset_key, asset_size = n.asset_size, width = n.width, height = n.height,
  mime_type = n.mime_type, file_name = n.file_name, rank = %(rank)s, source_url = n.source_url,
  etag = n.etag, last_modified = n.last_modified, origins = n.origins::jsonb, left_out = n.left_out::jsonb,
  checksum = n.checksum, source_sha256 = decode(n.source_sha256, 'hex'),
  request_digest = decode(n.request_digest, 'hex'), edited_at = null, updated_at = now()
from json_to_recordset(%(rows)s::json) as n (id text, media_type text, title text, metadata text,
  asset_key text, asset_size bigint, width int, height int, mime_type text, file_name text, source_url text,
  etag text, last_modified text, origins text, left_out text, checksum text, source_sha256 text, request_digest text)
where e.id = n.id;

-- touch --
-- Entries that a later job found unchanged: it decided them all the same, and knows newer validators.
update entries e
set rank = %(rank)s, source_url = n.source_url, etag = n.etag, last_modified = n.last_modified,
  origins = n.origins::jsonb, left_out = n.left_out::jsonb, checksum = n.checksum,
  source_sha256 = decode(n.source_sha256, 'hex'), request_digest = decode(n.request_digest, 'hex'), edited_at = null
from json_to_recordset(%(rows)s::json) as n (id text, source_url text, etag text, last_modified text, origins text,
  left_out text, checksum text, source_sha256 text, request_digest text)
where e.id = n.id;

-- by_ids --
-- Entries of a project by their ids, in the order asked.
select e.id, e.version, e.system_name, e.external_id, e.media_type, e.title, e.metadata, e.asset_key, e.asset_size,
  e.width, e.height, e.mime_type, e.file_name, e.created_at, e.updated_at, e.archived_at, b.revoked_at, b.revoke_note,
  e.left_out, d.blurhash, d.dominant_color
from unnest(%(ids)s::text[]) with ordinality as asked (id, place)
join entries e on e.id = asked.id
left join blobs b on b.key = e.asset_key
left join descriptions d on d.key = e.asset_key
where e.project_id = %(project)s
order by asked.place;

-- by_pair --
-- The entry of a pair.
select e.id, e.version, e.system_name, e.external_id, e.media_type, e.title, e.metadata, e.asset_key, e.asset_size,
  e.width, e.height, e.mime_type, e.file_name, e.created_at, e.updated_at, e.archived_at, b.revoked_at, b.revoke_note,
  e.left_out, d.blurhash, d.dominant_color
from entries e
left join blobs b on b.key = e.asset_key
left join descriptions d on d.key = e.asset_key
where e.project_id = %(project)s and e.system_name = %(system_name)s and e.external_id = %(external_id)s;

-- compare --
-- Entries that images would meet, whether title, media type and metadata are as an entry has them (what
-- is embedded or edited there, and not sent, makes no difference), and what it knows of its picture.
-- `offset 0` keeps each look-up an index probe.
select n.position, e.id as entry,
  (e.title = n.title or e.origins ? 'title' and not n.metadata::jsonb ? 'title') and e.media_type = n.media_type
    and e.metadata - array (select jsonb_object_keys(e.origins - array (select jsonb_object_keys(n.metadata::jsonb))))
      = n.metadata::jsonb as same,
  e.source_url is not distinct from n.url as same_url, e.checksum, encode(e.source_sha256, 'hex') as sha256,
  e.edited_at is not null as edited
from json_to_recordset(%(rows)s::json) as n (position int, external_id text, media_type text, title text,
  metadata text, url text)
cross join lateral (
  select id, title, media_type, metadata, origins, source_url, checksum, source_sha256, edited_at from entries
  where project_id = %(project)s and system_name = %(system_name)s and external_id = n.external_id offset 0
) e;
