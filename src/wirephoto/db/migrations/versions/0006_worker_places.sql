-- Who is started in a dead worker's place says so, and takes up at once what that one held.

alter table workers add column place text;           -- of one process after the other, by who starts them
alter table workers add column queue_ids bigint[] not null default '{}';  -- as the queue lists it
create index workers_place on workers (place);
