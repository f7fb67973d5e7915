"""Statements on origins: connection leases, parking, and the pace they ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("origins")


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker may do with an origin now. ``probing``: one try, to see whether it is back."""

    origin: str
    connections: int
    unreachable: int
    parked_seconds: float
    probing: bool
    slow_seconds: float


@dataclass(frozen=True, slots=True)
class Note:
    """How a chunk's tries at an origin went: any HTTP answer, or misses in a row."""

    name: str
    answered: bool
    misses: int
    slow_seconds: float | None


async def lease(
    connection: pool.Connection, worker: int, busy: Mapping[str, int], limit: int
) -> list[Lease]:
    """``busy`` is how many connections the worker has open to each origin it asks for."""
    given = {"worker": worker, "names": list(busy), "busy": list(busy.values()), "limit": limit}
    return [
        Lease(**row) for row in await (await connection.execute(_SQL["lease"], given)).fetchall()
    ]


async def give_back(connection: pool.Connection, worker: int, names: Sequence[str]) -> None:
    await connection.execute(_SQL["give_back"], {"worker": worker, "names": list(names)})


async def note(connection: pool.Connection, notes: Sequence[Note], *, park_after: int) -> None:
    given = {
        "names": [note.name for note in notes],
        "answered": [note.answered for note in notes],
        "misses": [note.misses for note in notes],
        "slow_seconds": [note.slow_seconds for note in notes],
        "park_after": park_after,
    }
    await connection.execute(_SQL["note"], given)
