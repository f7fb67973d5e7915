"""Statements on how much there is: in the database, in storage, and behind paused receivers."""

from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("health")
_BLOCK = 8192
_BLOCKS = 1000  # of the table of pictures that are read; with fewer it is counted
MOST = 1001  # deliveries of a receiver that are counted


@dataclass(frozen=True, slots=True)
class Sizes:
    """``pictures`` and their ``octets`` in storage, of the table's ``share`` in percent."""

    database: int
    pictures: int
    octets: int
    share: float


@dataclass(frozen=True, slots=True)
class Paused:
    """A receiver; ``waiting`` deliveries, ``MOST`` where there are that many or more."""

    project: str
    origin: str
    failing_since: datetime | None
    paused_at: datetime
    probe_at: datetime | None
    waiting: int


async def sizes(connection: pool.Connection) -> Sizes:
    """A large table of pictures is sampled by its blocks."""
    row = await (await connection.execute(_SQL["sizes"])).fetchone()
    assert row is not None
    share = min(100.0, 100 * _BLOCKS * _BLOCK / max(row["blobs"], 1))
    found = await (await connection.execute(_SQL["sampled"], {"share": share})).fetchone()
    assert found is not None
    whole = 100 / share
    pictures, octets = (round(found[name] * whole) for name in ("pictures", "octets"))
    return Sizes(row["database"], pictures, octets, share)


async def paused(connection: pool.Connection, limit: int) -> list[Paused]:
    """The longest first."""
    given = {"limit": limit, "most": MOST}
    rows = await (await connection.execute(_SQL["paused"], given)).fetchall()
    return [Paused(**row) for row in rows]
