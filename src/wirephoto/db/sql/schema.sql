-- is_set_up --
-- Whether migrations ever ran here.
select to_regclass('alembic_version') is not null;

-- revision --
-- The migration that ran last.
select version_num from alembic_version;

-- lock --
-- Wait for whoever migrates; ours until the connection is closed.
select pg_advisory_lock(%(lock)s);

-- impatient --
-- A statement that waits for a table for three seconds ends; whoever came after it goes on.
select set_config('lock_timeout', '3s', false);
