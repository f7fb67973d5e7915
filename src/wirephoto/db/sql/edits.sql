-- exists --
-- Whether the project has the entry, before anything is asked of storage.
select exists (select from entries where id = %(id)s and project_id = %(project)s) as found;

-- lock --
-- An entry as it is, until this transaction ends.
select e.id, e.version, e.media_type, e.title, e.metadata, e.origins, e.asset_key, e.asset_size, e.width, e.height,
  e.mime_type, e.file_name, e.source_url, e.etag, e.last_modified, e.archived_at is not null as archived,
  coalesce((select b.revoked_at is not null from blobs b where b.key = e.asset_key), false) as revoked,
  (select b.revoke_note from blobs b where b.key = e.asset_key) as revoke_note, e.left_out
from entries e where e.id = %(id)s and e.project_id = %(project)s
for no key update;

-- write --
-- An entry as an edit leaves it. What the last import said of its picture goes with that picture.
update entries
set version = version + 1, title = %(title)s, metadata = %(metadata)s::jsonb, origins = %(origins)s::jsonb,
  asset_key = %(asset_key)s, asset_size = %(asset_size)s, width = %(width)s, height = %(height)s,
  mime_type = %(mime_type)s, file_name = %(file_name)s,
  source_url = %(source_url)s, etag = %(etag)s, last_modified = %(last_modified)s,
  checksum = case when asset_key = %(asset_key)s then checksum end,
  source_sha256 = case when asset_key = %(asset_key)s then source_sha256 end,
  request_digest = case when asset_key = %(asset_key)s then request_digest end,
  left_out = %(left_out)s::jsonb, archived_at = case when %(archived)s then coalesce(archived_at, now()) end,
  edited_at = now(), updated_at = case when %(keeps_updated_at)s then updated_at else now() end
where id = %(id)s;

-- insert --
-- An entry for an asset that was in storage already; no row: the id or the pair is taken.
insert into entries (id, project_id, system_name, external_id, media_type, title, metadata, asset_key, asset_size,
  width, height, mime_type, file_name, origins, left_out)
values (%(id)s, %(project)s, %(system_name)s, %(external_id)s, %(media_type)s, %(title)s, %(metadata)s::jsonb,
  %(asset_key)s, %(asset_size)s, %(width)s, %(height)s, %(mime_type)s, %(file_name)s, %(origins)s::jsonb,
  %(left_out)s::jsonb)
on conflict do nothing
returning id;

-- id_is_taken --
-- Whether an id is an entry's, of any project: an id names one entry of the installation.
select exists (select from entries where id = %(id)s) as found;

-- size_of --
-- Width and height of a stored picture, from an entry that has it.
select width, height from entries where asset_key = %(key)s limit 1;
