"""A library and its jobs as they are after years, written straight into the tables.

Entries are those of `bench/query.py`; each has its picture, with a hash as in `bench/similar.py`.
Jobs of fifty brought them. Four jobs are large: one with some failures, two with nothing else, one
that runs.
"""

from typing import Any, LiteralString

import psycopg

from bench import query

MIXED, FAILED, SCATTERED, RUNNING = "mixed00000", "failed0000", "scattered0", "running000"
EDITED, SHARED, PLAIN = f"{7:014}", f"{1000:014}", f"{2009:014}"
"""Entries: often edited; of a picture that a thousand have; alike with one in fifty."""

_A_JOB = 50
_STATEMENTS: tuple[LiteralString, ...] = (
    "select setseed(0.5)",
    """update entries set asset_key = 'default/1000'
    where id > '00000000001000' and id < '00000000002000'""",
    """update entry_search s set asset_key = e.asset_key from entries e
    where e.id = s.entry_id and e.id > '00000000001000' and e.id < '00000000002000'""",
    """insert into blobs (key, project_id, sha256, size, mime_type, state, revoked_at)
    select asset_key, project_id, sha256(asset_key::bytea), min(asset_size), min(mime_type),
      'stored', case when min(id) like '%%00005' then now() end
    from entries group by asset_key, project_id""",
    """insert into descriptions (key, project_id, blurhash, dominant_color, difference_hash)
    select key, project_id, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', '#8ea3b5',
      case when right(key, 2) in ('09', '59') then 0
        else (random() * 4294967295)::bigint << 32 | (random() * 4294967295)::bigint end
    from blobs""",
    """insert into entry_changes (entry_id, version, at, kind, changes)
    select id, 2, updated_at, 'import', '[]' from entries where right(id, 1) = '3'""",
    """insert into entry_changes (entry_id, version, at, kind, changes)
    select '00000000000007', n, now(), 'edit',
      '[{"path": "metadata.title", "from": "Wald", "to": "Wald am See"}]'
    from generate_series(2, 201) n""",
    """insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done,
      success, failed, accepted_at, started_at, finished_at)
    select 'job' || lpad(n::text, 7, '0'), 1, (select min(id) from project_snapshots), n,
      case when n %% 5000 = 7 then 'rare' when n %% 2 = 0 then 'archive'
        else 'agency ' || n %% 40 end,
      case when n %% 1000 = 9 then 'cancelled' else 'success' end, 50, 50,
      50 - (n %% 20 = 3)::int, (n %% 20 = 3)::int, at, at, at + interval '9 seconds'
    from (select n, now() - (%(jobs)s - n) * interval '4 hours' as at
      from generate_series(1, %(jobs)s) n) j""",
    """insert into images (job_id, position, url, external_id, file_name, media_type, metadata)
    select j.id, p, 'https://pictures-' || j.id %% 9 || '.example/' || j.id || '/' || p || '.jpg',
      j.id || '-' || p, p || '.jpg', 'image', '{"title": "A picture", "source": "Archiv"}'
    from jobs j, generate_series(0, 49) p""",
    """insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width,
      height, mime_type, code, reason, retryable, finished_at)
    select j.id, p, case when f then 'failed' else 'success' end, 1, e.title,
      case when not f then e.id end, case when not f then e.asset_key end, e.width, e.height,
      e.mime_type, case when f then 'timeout' end, case when f then 'no answer in 60 s' end,
      case when f then true end, j.finished_at
    from jobs j cross join generate_series(0, 49) p
    join entries e on e.id = lpad(((j.id - 1) * 50 + p)::text, 14, '0')
    cross join lateral (select j.failed > 0 and p = 49 as f) o""",
    """insert into endpoints (project_id, digest, url, origin)
    values (1, sha256('a'), 'https://receiver.example/', 'https://receiver.example:443')""",
    """insert into deliveries (public_id, job_id, project_id, url, body, state, endpoint_id, tries)
    select 'd' || id, id, 1, 'https://receiver.example/', '{}', 'delivered', 1, 1 from jobs""",
    """insert into delivery_tries (delivery_id, number, http_status, milliseconds)
    select id, 1, 200, 40 from deliveries""",
)
_LARGE: tuple[LiteralString, ...] = (
    """insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done,
      success, failed, started_at, finished_at)
    values (%(job)s, 1, (select min(id) from project_snapshots), %(rank)s, 'large',
      case when %(done)s::int = %(images)s then 'success' else 'started' end, %(images)s,
      %(done)s::int, %(done)s::int - %(failed)s::int, %(failed)s::int, now(),
      case when %(done)s::int = %(images)s then now() end)""",
    """insert into images (job_id, position, url, external_id, file_name, media_type, metadata)
    select j.id, p, 'https://pictures-' || p %% %(hosts)s::int || '.example/' || p || '.jpg',
      'id-' || p, p || '.jpg', 'image',
      '{"title": "A picture", "source": "Archiv", "caption": "Words that stand below it"}'
    from jobs j, generate_series(0, %(images)s - 1) p where j.public_id = %(job)s""",
    """insert into results (job_id, position, state, attempts, title, entry_id, asset_key, width,
      height, mime_type, code, reason, retryable, http_status)
    select j.id, p, case when f then 'failed' else 'success' end, 1, 'A picture',
      case when not f then lpad(p::text, 14, '0') end, case when not f then 'default/' || p end,
      1600, 1067, 'image/jpeg', case when f then r.code end, case when f then r.reason end,
      case when f then p %% 5 in (1, 4) end, case when f and p %% 5 = 0 then 400 + p %% 18 end
    from jobs j cross join generate_series(0, %(done)s::int - 1) p
    cross join lateral (select p %% (%(done)s::int / %(failed)s::int) = 0 as f) o
    cross join lateral (select
      case p %% 7 when 0 then 'http_status' when 1 then 'timeout' when 2 then 'not_an_image'
        when 3 then 'truncated' else 'unreachable' end as code,
      case p %% 7 when 0 then 'the origin answered ' || 400 + p %% 18
        when 1 then 'no answer in 60 s' when 2 then 'looks like an HTML page'
        when 3 then 'the file ends early'
        else 'the name ' || p %% %(hosts)s::int || '.example does not exist' end as reason) r
    where j.public_id = %(job)s""",
)
_TABLES = (
    *("entries", "entry_search", "blobs", "descriptions", "entry_changes"),
    *("jobs", "images", "results", "deliveries", "delivery_tries"),
)


def fill(url: str, *, entries: int, images: int) -> None:
    """So many entries, a job for each fifty of them, and large jobs of so many images."""
    query.fill(url, 1, entries)
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.transaction(), query.without_indexes(connection, "descriptions"):
            for statement in _STATEMENTS:
                connection.execute(statement, {"jobs": entries // _A_JOB})
            for job in _large(images):
                for statement in _LARGE:
                    connection.execute(statement, job)
        connection.execute(f"vacuum analyze {', '.join(_TABLES)}".encode())
        connection.execute("checkpoint")


def _large(images: int) -> list[dict[str, Any]]:
    """``hosts``: of their pictures, and as many reasons of failures."""
    every = {"images": images, "done": images, "rank": 10**9}
    return [
        every | {"job": MIXED, "failed": images // 20, "hosts": 9},
        every | {"job": FAILED, "failed": images, "hosts": 9},
        every | {"job": SCATTERED, "failed": images, "hosts": 20_000},
        every | {"job": RUNNING, "done": images * 3 // 5, "failed": images * 3 // 100, "hosts": 9},
    ]
