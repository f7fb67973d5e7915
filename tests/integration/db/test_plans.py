"""No statement of a picture, of a request or of the tidying reads a table that grows as a whole.

Each is planned on filled tables, with its values and without: a statement that is prepared comes to
be planned without.
"""

import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.fixtures import postgres
from wirephoto.db import embedded, queries

GROWING = {
    "blobs",
    "chunks",
    "deliveries",
    "delivery_tries",
    "descriptions",
    "embedded",
    "entries",
    "entry_changes",
    "images",
    "jobs",
    "procrastinate_jobs",
    "renditions",
    "request_keys",
    "results",
}

# What may be read as a whole, and why.
WHOLE = {
    ("chunks", "stray"): {"chunks", "procrastinate_jobs"},  # every 30 s; what is in flight
    ("chunks", "raise_starving"): {"chunks", "procrastinate_jobs"},  # the same
    ("descriptions", "claim"): {"chunks"},  # every 3 s, up to the first that is due
    ("descriptions", "imports_wait"): {"chunks"},  # before each picture, up to the first due
    ("dump", "pictures"): {"blobs", "renditions"},  # once a backup, which reads all there is
    ("search", "enqueue_all"): {"entries"},  # all of a project, once, when its rules change
    ("search", "importing"): {"chunks"},  # every 2 s, up to the first at work
    ("gauges", "look"): {"chunks"},  # by who asks, every 2 s at most; what is in flight
    ("marks", "some_pictures"): {"blobs"},  # ten rows, at the first start of all
}
UNPLANNED = (b"copy", b"analyze", b"listen")  # the first words of what has no plan
UNTYPED = {("quota", "take")}  # only the client's types tell; its table holds two days

FILL = Path(__file__).with_name("filled.sql").read_bytes()

# By name where the type says too little, by type for the rest.
NAMED = {
    "project": "1",
    "system_name": "'archive'",
    "job": "7",
    "key": "'key-7'",
    "id": "'entry-7'",
    "entry": "'entry-7'",
    "public_id": "'job-7'",
    "external_id": "'id-7'",
    "original": "'key-7'",
    "task": "'import_chunk'",
    "limit": "100",
    "state": "'failed'",
}
TYPED = {
    "text": "'x'",
    "integer": "5",
    "smallint": "1",
    "bigint": "5",
    "double precision": "1.5",
    "boolean": "false",
    "timestamp with time zone": "now()",
    "bytea": r"'\x00'",
    "json": "'[]'",
    "jsonb": "'{}'",
    "text[]": "array['key-1', 'key-2', 'key-3']",
    "integer[]": "array[1, 2, 3]",
    "bigint[]": "array[1, 2, 3]",
    "double precision[]": "array[1.5, 2.5]",
    "bytea[]": r"array['\x00'::bytea]",
}


def statements() -> list[tuple[str, str]]:
    folder = resources.files("wirephoto.db").joinpath("sql")
    files = sorted(file.name.removesuffix(".sql") for file in folder.iterdir())
    return [
        (file, name)
        for file in files
        for name, text in queries.load(file).items()
        if not text.startswith(UNPLANNED)
        and (file, name) not in UNTYPED
        and file != "verify"  # that one reads all there is
    ]


@pytest.fixture(scope="module")
def filled(cluster: embedded.Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        postgres.new_database(cluster), autocommit=True, prepare_threshold=None
    ) as connection:
        connection.execute(FILL)
        yield connection


def plan(connection: psycopg.Connection, statement: bytes, mode: str) -> dict[str, Any]:
    """As the server would run a prepared statement."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    text = re.sub(r"%\((\w+)\)s", numbered, statement.decode()).replace("%%", "%")
    connection.execute("deallocate all")
    connection.execute(f"set plan_cache_mode = {mode}".encode())
    connection.execute(f"prepare one as {text}".encode())
    row = connection.execute(
        "select parameter_types::text[] from pg_prepared_statements where name = 'one'"
    ).fetchone()
    assert row is not None
    values = [NAMED.get(name) or TYPED[kind] for name, kind in zip(names, row[0], strict=True)]
    given = sql.SQL(f"({', '.join(values)})" if values else "")
    explained = connection.execute(
        sql.SQL("explain (format json) execute one{}").format(given)
    ).fetchone()
    assert explained is not None
    found: dict[str, Any] = explained[0][0]["Plan"]
    return found


def nodes(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield of
    for inner in of.get("Plans", []):
        yield from nodes(inner)


def read_whole(of: dict[str, Any], partial: set[str]) -> set[str]:
    """Tables that are read from end to end, or an index is; ``partial`` ones hold little."""
    return {
        node["Relation Name"]
        for node in nodes(of)
        if node.get("Relation Name") in GROWING
        and (
            node["Node Type"] == "Seq Scan"
            or (
                "Index" in node["Node Type"]
                and not node.get("Index Cond")
                and node["Index Name"] not in partial
            )
        )
    }


@pytest.fixture(scope="module")
def partial(filled: psycopg.Connection) -> set[str]:
    """Indexes of what is in some state."""
    rows = filled.execute(
        "select indexrelid::regclass::text from pg_index where indpred is not null"
    )
    return {name for (name,) in rows}


@pytest.mark.parametrize(("file", "name"), statements(), ids=lambda part: part)
def test_a_statement_reads_no_table_that_grows_from_end_to_end(
    filled: psycopg.Connection, partial: set[str], file: str, name: str
) -> None:
    for mode in ("force_custom_plan", "force_generic_plan"):
        found = plan(filled, queries.load(file)[name], mode)
        whole = read_whole(found, partial) - WHOLE.get((file, name), set())
        assert not whole, f"{mode}: {json.dumps(found, indent=1)}"


@functools.cache
def _counted(connection: psycopg.Connection, statement: bytes) -> dict[str, int]:
    with connection.transaction(force_rollback=True):
        connection.execute(statement)
        rows = connection.execute(
            "select relname, seq_tup_read from pg_stat_xact_user_tables where seq_tup_read > 0"
        ).fetchall()
    return {name: count for name, count in rows if name in GROWING}


@pytest.mark.parametrize(
    "call",
    [
        b"select * from claim_deliveries(1, '{}', 64, 32, 4, 16)",
        b"select * from procrastinate_fetch_job_v2(array['chunks'], 1)",
    ],
)
def test_a_function_reads_no_table_that_grows_from_end_to_end(
    filled: psycopg.Connection, call: bytes
) -> None:
    filled.execute(
        "insert into workers (id, host, pid, release) overriding system value"
        " values (1, 'h', 1, '0') on conflict do nothing"
    )
    filled.execute("insert into procrastinate_workers default values")
    assert _counted(filled, call) == {}
