"""Statements on where a job's pictures come from, and how it goes there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("sites")
_MOST = 1000  # sites of a job, as they are written
_LATEST = 3000  # pictures that are looked at


@dataclass(frozen=True, slots=True)
class Last:
    """What came last from a site; ``recent``: pictures in ten seconds."""

    site: str
    state: str
    code: str | None
    reason: str | None
    http_status: int | None
    finished_at: datetime
    recent: int


@dataclass(frozen=True, slots=True)
class Mood:
    """An origin: ``connections`` of all workers; when it is probed, and until when it is slowed."""

    origin: str
    connections: int
    unreachable: int
    parked_at: datetime | None
    probe_at: datetime | None
    slow_until: datetime | None


async def of_job(connection: pool.Connection, job: int) -> dict[str, int]:
    """Pictures by site (``https://Host:port`` as written), the most first; never changes."""
    given = {"job": job, "limit": _MOST}
    rows = await (await connection.execute(_SQL["of_job"], given)).fetchall()
    return {row["site"]: row["images"] for row in rows if row["site"]}


async def lately(connection: pool.Connection, job: int) -> list[Last]:
    given = {"job": job, "limit": _LATEST}
    rows = await (await connection.execute(_SQL["lately"], given)).fetchall()
    return [Last(**row) for row in rows]


async def moods(connection: pool.Connection, names: Sequence[str]) -> dict[str, Mood]:
    """By the origin's name."""
    rows = await (await connection.execute(_SQL["moods"], {"names": list(names)})).fetchall()
    return {row["origin"]: Mood(**row) for row in rows}
