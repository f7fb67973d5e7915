-- Entries found by what they say and what they are.

-- `title` and `words` come folded: lower case, no accents. Stems beside the words themselves, for the
-- languages that a newsroom here writes in; the same lexeme is kept once.
create function search_vector(title text, words text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(
      to_tsvector('simple', title) || to_tsvector('german', title) || to_tsvector('english', title)
        || to_tsvector('french', title) || to_tsvector('italian', title), 'A')
    || case when words = '' then ''::tsvector else setweight(
      to_tsvector('simple', words) || to_tsvector('german', words) || to_tsvector('english', words)
        || to_tsvector('french', words) || to_tsvector('italian', words), 'B') end
$$;

-- All of the words, each in one of its spellings (set apart by spaces), as it stands, as the beginning
-- of a word, or by its stem. Short and frequent words have no beginnings: half of a library has them.
create function search_query(words text[]) returns tsquery
language plpgsql immutable parallel safe as $$
declare
  word text;
  spelling text;
  found tsquery;
  stem tsquery;
  plain boolean;
  total tsquery;
begin
  foreach word in array words loop
    found := null;
    foreach spelling in array string_to_array(word, ' ') loop
      stem := plainto_tsquery('german', spelling) || plainto_tsquery('english', spelling)
        || plainto_tsquery('french', spelling) || plainto_tsquery('italian', spelling);
      plain := length(spelling) < 3 or numnode(plainto_tsquery('german', spelling)) = 0
        or numnode(plainto_tsquery('english', spelling)) = 0 or numnode(plainto_tsquery('french', spelling)) = 0;
      stem := stem || to_tsquery('simple', quote_literal(spelling) || case when plain then '' else ':*' end);
      found := case when found is null then stem else found || stem end;
    end loop;
    total := case when total is null then found else total && found end;
  end loop;
  return total;
end
$$;

-- Which properties are searchable, by media type, as the project's file has it now.
create table search_rules (
  project_id int primary key references projects,
  properties jsonb not null
);

-- -1 portrait, 0 square, 1 landscape.
create function orientation(width int, height int) returns int
language sql immutable parallel safe as $$ select case when width > height then 1 when width < height then -1 else 0 end $$;

-- What is searched: a copy of entries that is written after them, so that no import waits for its
-- indexes. Words of the title (A), and of the properties that the project makes searchable (B).
create table entry_search (
  entry_id text primary key,
  version int not null,                    -- of the entry, as it is here
  project_id int not null,
  words tsvector not null,
  system_name text,
  media_type text not null,
  mime_type text not null,
  asset_key text not null,
  width int not null,
  height int not null,
  size bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  archived boolean not null
);
create index entry_search_words on entry_search using gin (words) with (gin_pending_list_limit = 1024);
create index entry_search_newest on entry_search (project_id, created_at desc, entry_id desc);
create index entry_search_media_type on entry_search (project_id, media_type, created_at desc, entry_id desc);
create index entry_search_system on entry_search (project_id, system_name, created_at desc, entry_id desc);
create index entry_search_kind on entry_search (project_id, mime_type, created_at desc, entry_id desc);
create index entry_search_orientation on entry_search
  (project_id, orientation(width, height), created_at desc, entry_id desc);
create index entry_search_archived on entry_search (project_id, created_at desc, entry_id desc) where archived;
create index entry_search_asset on entry_search (asset_key);
create index entry_search_updated on entry_search (project_id, updated_at);
create index entry_search_width on entry_search (project_id, width);
create index entry_search_height on entry_search (project_id, height);
create index entry_search_size on entry_search (project_id, size);

-- Entries that were made or changed, some in a row; written by the transaction that did it.
create table search_queue (
  id bigint generated always as identity primary key,
  project_id int not null,
  entry_ids text[] not null
);
create index search_queue_project on search_queue (project_id, id);
