"""Statements on what pictures say of themselves: a record for each that has metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

from wirephoto.db import pool, queries

_SQL = queries.load("records")


async def keep(connection: pool.Connection, records: Mapping[str, bytes]) -> None:
    """Records as JSON, by the keys of their pictures, which are held."""
    if records:
        texts = [record.decode() for record in records.values()]
        await connection.execute(_SQL["keep"], {"keys": list(records), "records": texts})


async def fields(connection: pool.Connection, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Their fields by the keys of the pictures; those without are missing."""
    rows = await (await connection.execute(_SQL["fields"], {"keys": list(keys)})).fetchall()
    return {row["asset_key"]: row["fields"] for row in rows}


async def of_asset(connection: pool.Connection, key: str) -> dict[str, Any] | None:
    row = await (await connection.execute(_SQL["of_asset"], {"key": key})).fetchone()
    return row["record"] if row else None
