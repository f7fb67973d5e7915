"""Tables as they are after many pictures: filled by COPY, their indexes built afterwards.

So does `wirephoto restore`; the rows are what an import leaves.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

_ROWS_A_JOB = 10_000
_TABLES = ("images", "results", "blobs", "entries", "jobs")

_JOBS = """
    insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done,
      success, finished_at)
    select 'filled-' || n, p.id, (select min(id) from project_snapshots), n, 'filled', 'success',
      {job}, {job}, {job}, now()
    from generate_series({first} / {job}, ({last} - 1) / {job}) n, projects p
    where p.handle = 'default'
    """
_KEY = "'default/' || substr(md5(n::text), 1, 2) || '/' || md5(n::text) || md5(n || 'x') || '.jpg'"
_ID = "'1w' || lpad(to_hex(n), 12, '0')"  # as long as a real one, and in the order of time like it
_ROWS = {
    "images (job_id, position, url, external_id, file_name, media_type, metadata)": """
      j.id, n % {job}, 'http://127.0.0.1/filled/' || n || '.jpg', 'filled-' || n,
      n || '.jpg', 'image', '{{"title": "Picture ' || n || '", "source": "bench"}}'""",
    "results (job_id, position, state, attempts, title, entry_id, asset_key, width, height,"
    " mime_type)": """
      j.id, n % {job}, 'success', 1, 'Picture ' || n, {id}, {key}, 1200, 800, 'image/jpeg'""",
    "blobs (key, project_id, sha256, size, mime_type, state)": """
      {key}, j.project_id, sha256(n::text::bytea), 3000, 'image/jpeg', 'stored'""",
    "entries (id, project_id, system_name, external_id, media_type, title, metadata, asset_key,"
    " asset_size, width, height, mime_type, file_name, rank, source_url)": """
      {id}, j.project_id, 'filled', 'filled-' || n, 'image', 'Picture ' || n,
      '{{"title": "Picture ' || n || '", "source": "bench"}}', {key}, 3000, 1200, 800, 'image/jpeg',
      n || '.jpg', j.rank, 'http://127.0.0.1/filled/' || n || '.jpg'""",
}
_FROM = """
    from generate_series({first}::bigint, {last} - 1) n
    join jobs j on j.public_id = 'filled-' || n / {job}"""

_CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint
    where contype in ('p', 'u', 'f')
      and (contype = 'f' or conrelid::regclass::text = any (%(tables)s))
      and (contype <> 'f' or confrelid::regclass::text = any (%(tables)s))
      and conrelid <> 'jobs'::regclass
    order by contype <> 'f'
    """
_INDEXES = """
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    from pg_index
    where indrelid::regclass::text = any (%(tables)s) and indrelid <> 'jobs'::regclass
      and not exists (select from pg_constraint where conindid = indexrelid)
    """


def place(folder: Path, rows: int) -> Path:
    """Where an installation with so many rows lies, made for it."""
    made = folder / f"{rows}"
    made.mkdir(parents=True, exist_ok=True)
    for each in (folder, made):
        each.chmod(0o711)  # the database's user must be able to pass, where we are root
    return made


def fill(url: str, rows: int) -> None:
    """Up to so many rows in each of the large tables, a multiple of 10,000."""
    with (
        psycopg.connect(url, autocommit=True) as reading,
        psycopg.connect(url, autocommit=True) as writing,
    ):
        found = reading.execute(
            "select coalesce(sum(total), 0) from jobs where system_name = 'filled'"
        ).fetchone()
        assert found is not None
        if found[0] >= rows:
            return
        given = {"first": found[0], "last": rows, "job": _ROWS_A_JOB, "key": _KEY, "id": _ID}
        writing.execute(_JOBS.format(**given).encode())
        with _without_indexes(writing):
            for table, values in _ROWS.items():
                statement = f"copy (select {values} {_FROM}) to stdout".format(**given)
                _copy(reading, statement, writing, f"copy {table} from stdin")
        writing.execute(f"vacuum (analyze) {', '.join(_TABLES)}".encode())
        writing.execute("checkpoint")


def _copy(reading: psycopg.Connection, out: str, writing: psycopg.Connection, into: str) -> None:
    with (
        reading.cursor().copy(out.encode()) as source,
        writing.cursor().copy(into.encode()) as target,
    ):
        for block in source:
            target.write(block)


@contextlib.contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Built at the end they take a fraction of the time; the tables are ours alone meanwhile."""
    asked = {"tables": list(_TABLES)}
    constraints = connection.execute(_CONSTRAINTS.encode(), asked).fetchall()
    indexes = connection.execute(_INDEXES.encode(), asked).fetchall()
    for table, name, _ in constraints:
        connection.execute(
            sql.SQL("alter table {} drop constraint {}").format(
                sql.Identifier(table), sql.Identifier(name)
            )
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    yield
    connection.execute("set maintenance_work_mem = '512MB'")
    for table, name, definition in reversed(constraints):
        connection.execute(
            sql.SQL("alter table {} add constraint {} {}").format(
                sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)
            )
        )
    for _, definition in indexes:
        connection.execute(definition.encode())
    connection.execute("reset maintenance_work_mem")
