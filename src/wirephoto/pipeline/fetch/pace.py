"""The pace at an origin: this worker's part of the connection limit, parking, Retry-After.

The limit holds over all workers of an installation: the database leases parts of it, and a worker
hands its part to its chunks. A worker that lost its heartbeat opens nothing new.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field

from wirephoto.db import origins, pool

PARK_AFTER = 20  # tries in a row without any HTTP answer
_NEVER = float("-inf")
_RENEW_SECONDS = 5.0  # how old a lease may be before a chunk asks again: shares change with workers


@dataclass
class _Origin:
    """What this worker may do with an origin, shared by all its chunks."""

    lease: origins.Lease
    renewed_at: float
    busy: int = 0
    chunks: int = 0
    waiters: deque[asyncio.Future[None]] = field(default_factory=deque)

    def wake(self) -> None:
        """Let waiters have what is free; with nothing leased, let them all go and see."""
        free = self.lease.connections - self.busy if self.lease.connections else len(self.waiters)
        while self.waiters and free > 0:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1


@dataclass(slots=True)
class Tally:
    """How a chunk's tries at one origin went; ``slow_seconds``: how long it asked us to wait."""

    answered: bool = False
    misses: int = 0
    slow_seconds: float | None = None


class Pace:
    """One for a worker process; ``connection_limit`` is the installation's for each origin."""

    def __init__(self, database: pool.Pool, worker: int, *, connection_limit: int) -> None:
        self._database = database
        self._worker = worker
        self._limit = connection_limit
        self._origins: dict[str, _Origin] = {}
        self._owed: set[str] = set()  # leases still to be given back
        self._leasing = asyncio.Lock()
        self._alive_until = 0.0

    def heard(self, seconds: float) -> None:
        """The worker's heartbeat was written: leases hold for ``seconds`` from now."""
        self._alive_until = asyncio.get_running_loop().time() + seconds

    @property
    def alive(self) -> bool:
        return asyncio.get_running_loop().time() < self._alive_until

    @contextlib.asynccontextmanager
    async def leased(self, names: Collection[str]) -> AsyncIterator[dict[str, origins.Lease]]:
        """Leases of a chunk's origins while it works; one statement, none when they are fresh."""
        async with self._leasing:
            await self._renew(names)
            for name in names:
                self._origins[name].chunks += 1
        try:
            yield {name: self._origins[name].lease for name in names}
        finally:
            await self._leave(names)

    @contextlib.asynccontextmanager
    async def slot(self, name: str) -> AsyncIterator[bool]:
        """One connection to the origin, as soon as this worker's part has one free.

        False: this worker has no part in the origin any more.
        """
        origin = self._origins[name]
        while origin.lease.connections and origin.busy >= origin.lease.connections:
            await _turn(origin)
        if not origin.lease.connections:
            yield False
            return
        origin.busy += 1
        try:
            yield True
        finally:
            origin.busy -= 1
            origin.wake()

    async def note(self, tallies: Mapping[str, Tally]) -> None:
        """Tell the database what all workers should know of these origins."""
        told = [
            origins.Note(name, tally.answered, tally.misses, tally.slow_seconds)
            for name, tally in sorted(tallies.items())
            if tally.misses or tally.slow_seconds or self._origins[name].lease.unreachable
        ]
        if told:
            with contextlib.suppress(*pool.DATABASE_AWAY):  # the pictures are worth more than this
                async with self._database.connection() as connection:
                    await origins.note(connection, told, park_after=PARK_AFTER)
        for note in told:
            self._origins[note.name].renewed_at = _NEVER

    async def _renew(self, names: Collection[str]) -> None:
        now = asyncio.get_running_loop().time()
        stale = {
            name: self._origins[name].busy if name in self._origins else 0
            for name in sorted(names)
            if name not in self._origins or now - self._origins[name].renewed_at > _RENEW_SECONDS
        }
        if not stale:
            return
        async with self._database.connection() as connection:
            leases = await origins.lease(connection, self._worker, stale, self._limit)
        for lease in leases:
            origin = self._origins.setdefault(lease.origin, _Origin(lease, now))
            origin.lease = lease
            origin.renewed_at = now if _is_plain(lease) else _NEVER
            origin.wake()

    async def _leave(self, names: Collection[str]) -> None:
        async with self._leasing:
            for name in names:
                self._origins[name].chunks -= 1
            idle = [name for name in names if not self._origins[name].chunks]
            for name in idle:
                del self._origins[name]
            self._owed = (self._owed | set(idle)) - self._origins.keys()
            if self._owed:
                await self._give_back()

    async def _give_back(self) -> None:
        """What cannot be given back now is with the next; it costs nobody the pictures he has."""
        with contextlib.suppress(*pool.DATABASE_AWAY):
            async with self._database.connection() as connection:
                await origins.give_back(connection, self._worker, sorted(self._owed))
            self._owed.clear()


def _is_plain(lease: origins.Lease) -> bool:
    """A lease that may be used for a while without asking again."""
    return bool(lease.connections) and not (
        lease.unreachable or lease.parked_seconds or lease.probing or lease.slow_seconds
    )


async def _turn(origin: _Origin) -> None:
    waiter = asyncio.get_running_loop().create_future()
    origin.waiters.append(waiter)
    try:
        await waiter
    except asyncio.CancelledError:
        origin.wake()  # our turn, if it had come, is another's
        raise
