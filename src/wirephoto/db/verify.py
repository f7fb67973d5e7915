"""Statements that prove an installation: they read, and lock nothing; but one that mends."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from wirephoto.db import pool, queries

_SQL = queries.load("verify")
_BLOCK = 1000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to look at, and what is in flight."""

    jobs: int
    entries: int
    blobs: int
    jobs_in_flight: int
    chunks_in_flight: int
    puts_in_flight: int


@dataclass(frozen=True, slots=True)
class Blob:
    """A picture's row. ``old``: untouched for a day; ``referenced``: by an entry.

    ``stays``: revoked or registered, so never removed.
    """

    key: str
    size: int
    sha256: bytes
    state: str
    old: bool
    referenced: bool
    stays: bool
    version: str | None = None


async def extent(connection: pool.Connection) -> Extent:
    row = await (await connection.execute(_SQL["extent"])).fetchone()
    assert row is not None
    return Extent(**row)


async def faults(
    connection: pool.Connection, check: str, given: Mapping[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """What a check finds: rows of ``subject``, ``problem`` and, where it has several, ``kind``."""
    async with connection.transaction(), connection.cursor(name="faults") as cursor:
        await cursor.execute(_SQL[check], given)
        while block := await cursor.fetchmany(_BLOCK):
            for row in block:
                yield row


async def repair_search(connection: pool.Connection) -> tuple[int, int]:
    """Have wrong copies for searching made anew: entries that wait for it, copies of no entry."""
    row = await (await connection.execute(_SQL["repair_search"])).fetchone()
    assert row is not None
    return row["queued"], row["orphans"]


async def blobs(connection: pool.Connection) -> AsyncIterator[Blob]:
    """All rows by the bytes of their keys, as they were at the start.

    The server keeps the answer on its disk (``with hold``): no transaction stays open while
    terabytes are read.
    """
    async with connection.cursor(name="blobs", withhold=True) as cursor:
        await cursor.execute(_SQL["blobs"])
        while block := await cursor.fetchmany(_BLOCK):
            for row in block:
                yield Blob(**row)


async def blob(connection: pool.Connection, key: str) -> Blob | None:
    """A row as it is now."""
    row = await (await connection.execute(_SQL["blob"], {"key": key})).fetchone()
    return Blob(**row) if row else None
