"""Statements on origins: connection leases, parking, and the pace they ask for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("origins")


@dataclass(frozen=True, slots=True)
class Ask:
    """Connections: ``used`` ones cannot be taken away; ``wanted`` ones there is use for.

    ``urgent`` of these a job's first chunk waits for.
    """

    used: int
    wanted: int
    urgent: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker may do with an origin now.

    Attributes:
        connections: that count as its own.
        share: that it should come down to; no more than ``connections``.
        probing: one try, to see whether a parked origin is back.
    """

    origin: str
    connections: int
    share: int
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


@dataclass(frozen=True, slots=True)
class Mood:
    """What is known of an origin that is parked, or that asked us to wait."""

    origin: str
    parked_seconds: float
    slow_seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """A worker's first chunk needs connections to an origin, or some became free for one."""

    needed: bool
    worker: int
    origin: str


async def lease(
    connection: pool.Connection,
    worker: int,
    asks: Mapping[str, Ask],
    limit: int,
    *,
    probe_seconds: float | None,
) -> list[Lease]:
    """Leases of these origins; ``probe_seconds``: to the probe after this one, None: no probe."""
    given = {
        "worker": worker,
        "names": list(asks),
        "used": [ask.used for ask in asks.values()],
        "wanted": [ask.wanted for ask in asks.values()],
        "urgent": [ask.urgent for ask in asks.values()],
        "limit": limit,
        "probe_seconds": probe_seconds,
    }
    return [
        Lease(**row) for row in await (await connection.execute(_SQL["lease"], given)).fetchall()
    ]


async def calls(connection: pool.Connection) -> AsyncIterator[Call]:
    """Calls of workers to each other, as they come; the connection serves nothing else."""
    await connection.execute(_SQL["listen"])
    async for one in connection.notifies():
        what, worker, origin = one.payload.split(" ", 2)
        yield Call(what == "need", int(worker), origin)


async def moods(connection: pool.Connection, names: Sequence[str]) -> list[Mood]:
    rows = await (await connection.execute(_SQL["moods"], {"names": list(names)})).fetchall()
    return [Mood(**row) for row in rows]


async def give_back(connection: pool.Connection, worker: int, names: Sequence[str]) -> None:
    await connection.execute(_SQL["give_back"], {"worker": worker, "names": list(names)})


async def note(
    connection: pool.Connection, notes: Sequence[Note], *, park_after: int, probe_seconds: float
) -> None:
    given = {
        "names": [note.name for note in notes],
        "misses": [0 if note.answered else note.misses for note in notes],
        "slow_seconds": [note.slow_seconds for note in notes],
        "cleared": [note.name for note in notes if note.answered],
        "park_after": park_after,
        "probe_seconds": probe_seconds,
    }
    await connection.execute(_SQL["note"], given)


async def tidy(connection: pool.Connection) -> None:
    """Remove leases of workers that are gone, and what is known of origins that nobody needs."""
    await connection.execute(_SQL["tidy_leases"])
    await connection.execute(_SQL["tidy_moods"])
