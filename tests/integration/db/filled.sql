-- Tables as full as it takes for the planner to care: 40,000 rows in the large ones.
insert into projects (handle) values ('default');
insert into project_secrets (project_id, storage_key) values (1, 'k');
insert into project_snapshots (project_id, digest, content) values (1, 'd', 'c');
insert into projects (handle) select 'project-' || n from generate_series(2, 20) n;
insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done, success)
  select 'job-' || n, 1 + n % 20, 1, n, 'archive', 'success', 8, 8, 8
  from generate_series(1, 5000) n;
insert into images (job_id, position, url, external_id, file_name, media_type, metadata)
  select 1 + n / 8, n % 8, 'http://a/' || n, 'id-' || n, 'f', 'image', '{}'
  from generate_series(0, 39999) n;
insert into results (job_id, position, state, attempts, title, entry_id, asset_key)
  select 1 + n / 8, n % 8, 'success', 1, 't', 'entry-' || n, 'key-' || n
  from generate_series(0, 39999) n;
insert into blobs (key, project_id, sha256, size, mime_type, state)
  select 'key-' || n, 1, sha256(n::text::bytea), 1, 'image/jpeg', 'stored'
  from generate_series(0, 39999) n;
insert into entries (id, project_id, system_name, external_id, media_type, title, metadata, asset_key,
    asset_size, width, height, mime_type, file_name)
  select 'entry-' || n, 1, 'archive', 'id-' || n, 'image', 't', '{}', 'key-' || n, 1, 1, 1, 'image/jpeg', 'f'
  from generate_series(0, 39999) n;
insert into embedded (asset_key, record) select 'key-' || n, '{}' from generate_series(0, 10000) n;
insert into entry_changes (entry_id, version, kind, changes)
  select 'entry-' || n, 2, 'edit', '[]' from generate_series(0, 10000) n;
insert into renditions (key, original, state)
  select 'small-' || n, 'key-' || n, 'stored' from generate_series(0, 10000) n;
insert into request_keys (project_id, key, digest, job)
  select 1, 'key ' || n, 'd', 'job-1' from generate_series(1, 10000) n;
insert into endpoints (project_id, digest, url, origin)
  select 1, sha256(n::text::bytea), 'http://a/' || n, 'http://a' from generate_series(1, 50) n;
insert into deliveries (public_id, job_id, project_id, url, body, state, endpoint_id)
  select 'd-' || n, 1 + n % 5000, 1, 'http://a/' || n % 50, 'b', 'delivered', 1 + n % 50
  from generate_series(1, 10000) n;
insert into delivery_tries (delivery_id, number, milliseconds)
  select n, 1, 1 from generate_series(1, 10000) n;
insert into chunks (job_id, number, positions)
  select 5000 + n / 40, n % 40, '{1,2,3}' from generate_series(1, 8000) n;
insert into procrastinate_jobs (queue_name, task_name, priority, args, status)
  select 'chunks', 'import_chunk', -(n % 40), jsonb_build_object('chunk', n), 'todo'
  from generate_series(1, 8000) n;
insert into descriptions (key, project_id, blurhash, dominant_color, difference_hash)
  select 'key-' || n, 1, 'L', '#000000', (random() * 9e18)::bigint from generate_series(0, 39999) n;
insert into undescribed (keys, due_at)
  select array['key-' || n], now() + interval '1 hour' from generate_series(0, 9999) n;
analyze;
