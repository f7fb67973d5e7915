-- choose --
-- A mark for a storage folder that has none yet.
insert into storage_marks (location, mark) values (%(location)s, %(mark)s) on conflict (location) do nothing;

-- find --
-- The mark of a folder, and whether any other folder bears one.
select m.mark, m.made_at is not null as is_made,
  exists (select from storage_marks o where o.location <> m.location and o.made_at is not null) as others
from storage_marks m where m.location = %(location)s;

-- made --
-- The folder bears it now.
update storage_marks set made_at = now() where location = %(location)s and made_at is null;

-- some_pictures --
-- A few pictures that are said to be stored.
select key from blobs where state = 'stored' limit 10;
