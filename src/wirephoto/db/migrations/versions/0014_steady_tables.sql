-- Settings that keep the tables as quick as they are when new, whatever those of the server say.

-- Inserted once: fresh statistics, and pages marked as seen by all a part at a time, not in one go.
alter table images set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table results set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

-- Every picture touches its row: the work of a vacuum grows with the table, and so does its distance.
alter table entries set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02);
alter table blobs set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02);

-- Counted up by every chunk: room for it on the same page, so that no index is written.
alter table jobs set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Rows that come and go: what is dead is taken out by its number, not as a part of what lives.
alter table chunks set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
alter table procrastinate_jobs set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0);
alter table procrastinate_events set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0);
alter table workers set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
alter table origin_leases set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- The oldest changes are looked for twice a minute. By blocks nobody finds them in order, and a
-- statement that is prepared read the whole table instead.
create index entry_changes_at on entry_changes (at);
drop index entry_changes_age;
