"""Statements on results: one final row for each image of a job."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import msgspec
from psycopg.types.json import Jsonb

from wirephoto.db import pool, queries

_SQL = queries.load("results")
_BLOCK = 1000  # rows fetched at a time
_EXPORT_BLOCK = 500  # of them, with their metadata


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """``attempts`` counts the tries at the origin; sizes in pixels."""

    position: int
    state: str
    attempts: int
    title: str | None = None
    entry_id: str | None = None
    asset_key: str | None = None
    width: int | None = None
    height: int | None = None
    mime_type: str | None = None
    code: str | None = None
    reason: str | None = None
    retryable: bool | None = None
    http_status: int | None = None


class Row(Result, frozen=True):
    """A result beside what was asked for."""

    external_id: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """A final row beside all that was asked for; ``metadata`` is JSON text as it came."""

    position: int
    url: str
    external_id: str
    file_name: str
    media_type: str
    metadata: str
    checksum: str | None
    sha256: str | None
    state: str
    code: str | None
    reason: str | None
    retryable: bool | None
    http_status: int | None
    attempts: int
    entry_id: str | None


async def cancel_rest(
    connection: pool.Connection, job: int, tries: Mapping[int, int], reason: str
) -> int:
    """Write the final row of every image that has none; how many there were."""
    by_position = {str(position): count for position, count in tries.items()}
    given = {"job": job, "tries": Jsonb(by_position), "reason": reason}
    return (await connection.execute(_SQL["cancel_rest"], given)).rowcount


async def rows(
    database: pool.Pool, job: int, *, state: str | None, limit: int | None, offset: int
) -> AsyncIterator[list[Row]]:
    """A finished job's rows in blocks: memory does not grow with the job.

    Each block is a statement of its own, and no connection is held between them: who reads slowly
    must not keep one. Rows of a finished job do not change.
    """
    after, left = -1, limit
    while left is None or left > 0:
        most = _BLOCK if left is None else min(_BLOCK, left)
        given = {"job": job, "state": state, "after": after, "limit": most, "offset": offset}
        async with database.connection() as connection:
            found = await (await connection.execute(_SQL["rows"], given)).fetchall()
        if found:
            yield [Row(**row) for row in found]
        if len(found) < most:
            return
        after, offset = found[-1]["position"], 0
        left = None if left is None else left - most


async def exported(
    connection: pool.Connection, job: int, *, state: str | None, after: int
) -> list[Exported]:
    """The next rows after a position, a block of them at most."""
    given = {"job": job, "state": state, "after": after, "limit": _EXPORT_BLOCK}
    rows = await (await connection.execute(_SQL["exported"], given)).fetchall()
    return [Exported(**row) for row in rows]


async def is_versioned(connection: pool.Connection, job: int) -> bool:
    """Whether some image of a job carries a checksum or a SHA-256."""
    row = await (await connection.execute(_SQL["is_versioned"], {"job": job})).fetchone()
    return bool(row and row["versioned"])


async def text_properties(
    connection: pool.Connection, job: int, *, state: str | None, limit: int
) -> list[str]:
    """Names of the metadata that are texts in any of the rows, the first ``limit`` of them."""
    given = {"job": job, "state": state, "limit": limit}
    rows = await (await connection.execute(_SQL["text_properties"], given)).fetchall()
    return [row["name"] for row in rows]
