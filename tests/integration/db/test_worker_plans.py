"""A worker plans a statement once, maybe while tables are empty: it is a look-up all the same."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from wirephoto.db import pool, queries

OF_THE_PATH = {
    "chunks": ("claim", "settled", "fence", "close"),
    "blobs": ("reserve", "hold", "let_go"),
    "entries": ("lock_pairs", "update", "touch"),
    "parts": ("settle",),
}
KEYS = {
    "blobs_pkey": "key",
    "chunks_pkey": "id",
    "entries_pair": "external_id",
    "entries_pkey": "id",
    "images_pkey": "position",
    "jobs_pkey": "id",
    "project_secrets_pkey": "project_id",
    "projects_pkey": "id",
    "results_pkey": "position",
}


def numbered(statement: bytes) -> str:
    """With parameters as PostgreSQL writes them."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement.decode())))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement.decode())


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


async def plans(database: pool.Pool) -> dict[str, list[dict[str, Any]]]:
    """The nodes of each statement's plan."""
    found = {}
    async with database.connection() as connection:
        cursor = psycopg.AsyncClientCursor(connection)  # parameters stay without values
        for module, names in OF_THE_PATH.items():
            for name in names:
                statement = numbered(queries.load(module)[name])
                await cursor.execute(f"explain (generic_plan, format json) {statement}".encode())
                row = await cursor.fetchone()
                assert row
                found[f"{module}.{name}"] = list(nodes(row["QUERY PLAN"][0]["Plan"]))
    return found


async def test_every_statement_of_the_path_reads_tables_by_key_alone(database_url: str) -> None:
    async with pool.opened(database_url, most=1, application="test", by_key=True) as database:
        found = await plans(database)
    for name, plan in found.items():
        kinds = {node["Node Type"] for node in plan}
        assert not kinds & {"Seq Scan", "Hash Join", "Merge Join"}, (name, plan)
        for node in plan:
            if "Index Name" in node:
                assert KEYS[node["Index Name"]] in node["Index Cond"], (name, node)
