-- What a request may say of known pairs and of its bytes, and what an entry remembers of it.

alter table jobs
  add column update_policy text not null default 'changed'
    check (update_policy in ('changed', 'always', 'never', 'untouched')),
  add column versioned boolean not null default false;   -- some image has a checksum or a sha256

alter table images
  add column checksum text,                -- the caller's version of the picture
  add column sha256 bytea;                 -- what its bytes must be

alter table entries
  add column checksum text,                -- of the last import that decided the entry
  add column source_sha256 bytea,          -- of the asset's bytes as they came; null: not known
  add column request_digest bytea,         -- of what that import asked for, where it gave a version
  add column edited_at timestamptz;        -- every edit sets it, every import that decides the entry clears it

-- Images that may need no request are looked at in large chunks before anything else.
alter table chunks add column sift boolean not null default false;

-- What an image asks for; null: it says nothing of its version, so nobody can know it without a request.
-- The rules belong to it: under others the same request may make another entry.
create function request_digest(rules int, file_name text, media_type text, metadata json, version text, bytes bytea)
returns bytea language sql stable as $$
  select case when version is not null or bytes is not null then
    sha256(convert_to(json_build_array(rules, file_name, media_type, metadata, version, encode(bytes, 'hex'))::text, 'UTF8'))
  end
$$;
