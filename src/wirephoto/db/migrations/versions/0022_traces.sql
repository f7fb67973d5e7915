-- The span of the request that a job came by, as W3C Trace Context writes it: its chunks' are below.
alter table jobs add column traceparent text;
