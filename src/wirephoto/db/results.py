"""Statements on results: one final row for each image of a job."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("results")
_BLOCK = 1000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Result:
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


@dataclass(frozen=True, slots=True)
class Row(Result):
    """A result beside what was asked for."""

    external_id: str = ""
    file_name: str = ""


async def insert(connection: pool.Connection, job: int, results: Sequence[Result]) -> Counter[str]:
    """Write final rows; how many came to each state now, without rows that were there."""
    if not results:
        return Counter()
    given = {"job": job, "rows": msgspec.json.encode(results).decode()}
    rows = await (await connection.execute(_SQL["insert"], given)).fetchall()
    return Counter(row["state"] for row in rows)


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
