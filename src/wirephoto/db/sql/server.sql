-- look --
-- That the server answers, its version, and its clock as seconds since 1970.
select current_setting('server_version') as version,
  extract(epoch from clock_timestamp())::float8 as instant;
