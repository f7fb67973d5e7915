"""The pace at the origins: this worker's part of the connection limits, parking, Retry-After.

A limit holds over all workers of an installation, exactly: the database leases parts of it, and
what a worker has open never exceeds its leases. A part shrinks in the database after connections
were closed, and grows here after the database has said so. A worker without heartbeat opens
nothing, and closes what it has before anyone else may have it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass

from wirephoto.db import origins, pool
from wirephoto.net import lines as counting
from wirephoto.net import session as sessions
from wirephoto.pipeline.fetch import share

PARK_AFTER = 20  # tries in a row without any HTTP answer
KEEP_SECONDS = 0.5  # between two looks at what we hold
SLOW_SECONDS = 3600.0  # the longest that an origin's Retry-After holds back others than its asker
_RENEW_SECONDS = 2.0  # how old a lease may be: shares change with who asks
_LINGER_SECONDS = 1.0  # that connections nobody has use for are kept for the next chunk
_FOR_EVER = 1e9


@dataclass(slots=True)
class Tally:
    """How a chunk's tries at one origin went."""

    answered: bool = False
    misses: int = 0


@dataclass(slots=True)
class Slot:
    """One request at an origin, until ``release``; ``lines``: its connections."""

    share: share.Share
    held: bool = True

    @property
    def lines(self) -> counting.Lines:
        return self.share.lines

    def release(self) -> None:
        if self.held:
            self.held = False
            self.share.busy -= 1
            self.share.wake()


class Pace:
    """One for a worker process.

    Args:
        database: where leases are.
        worker: its number there.
        session: whose idle connections are closed when they are too many.
        connection_limit: the installation's for each origin.
        probe_seconds: between two probes of an origin that cannot be reached.
    """

    def __init__(
        self,
        database: pool.Pool,
        worker: int,
        session: sessions.Session,
        *,
        connection_limit: int,
        probe_seconds: float = 30.0,
    ) -> None:
        self._database = database
        self._worker = worker
        self._session = session
        self.limit = connection_limit
        self.probe_seconds = probe_seconds
        self._shares: dict[str, share.Share] = {}
        self._leasing = asyncio.Lock()
        self._alive_until = 0.0
        self._silence: asyncio.TimerHandle | None = None
        self._silent = asyncio.Event()

    def heard(self, seconds: float) -> None:
        """The worker's heartbeat was written: leases hold for ``seconds`` from now."""
        loop = asyncio.get_running_loop()
        self._alive_until = loop.time() + seconds
        self._silent.clear()
        if self._silence is not None:
            self._silence.cancel()
        self._silence = loop.call_at(self._alive_until, self._fall_silent)

    @property
    def alive(self) -> bool:
        return asyncio.get_running_loop().time() < self._alive_until

    async def silence(self) -> None:
        """Until leases hold no longer: what is open must be closed now."""
        await self._silent.wait()

    def turn(self, *, first: bool) -> share.Turn:
        """A chunk's place among ours.

        Who shares a connection limit is done one after the other, not all at the end: what a kill
        costs is about one chunk, and a small job does not wait for large ones.
        """
        return share.new_turn(first=first)

    @contextlib.asynccontextmanager
    async def leased(self, wanted: Mapping[str, int]) -> AsyncIterator[dict[str, origins.Lease]]:
        """Leases of origins while a chunk has use for them, for so many requests each.

        One statement, none when they are fresh.
        """
        self._enter(wanted)
        try:
            async with self._leasing:
                now = asyncio.get_running_loop().time()
                found = [self._shares[name] for name in sorted(wanted)]
                await self._renew([one for one in found if one.is_stale(now, _RENEW_SECONDS)])
            yield {one.name: one.lease for one in found if one.lease}
        finally:
            self._leave(wanted)

    @contextlib.asynccontextmanager
    async def slot(
        self, name: str, turn: share.Turn, *, patient: bool = False
    ) -> AsyncIterator[Slot | None]:
        """One request to the origin, as soon as this worker's part has one free for this turn.

        None: this worker has no part in the origin now; who is ``patient`` waits for one.
        """
        mine = self._shares[name]
        while mine.busy >= mine.cap:
            if not (mine.cap or patient or mine.renewing) or not self.alive:
                yield None
                return
            await mine.wait(turn)
        mine.busy += 1
        slot = Slot(mine)
        try:
            yield slot
        finally:
            slot.release()
            self._drop_spare([mine])

    def slow_seconds(self, name: str) -> float:
        """How long the origin wants to be left alone; 0: not at all."""
        return max(0.0, self._shares[name].slow_until - asyncio.get_running_loop().time())

    def parked_seconds(self, name: str) -> float:
        """When a parked origin is probed again; 0: it is not parked."""
        lease = self._shares[name].lease
        return lease.parked_seconds if lease else 0.0

    async def slow_down(self, name: str, seconds: float) -> None:
        """The origin wants to be left alone: at once by all of us, in a moment by all workers."""
        mine, seconds = self._shares[name], min(seconds, SLOW_SECONDS)
        until = asyncio.get_running_loop().time() + seconds
        if until > mine.slow_until:
            longer = until - mine.slow_until > _RENEW_SECONDS / 2
            mine.slow_until = until
            if longer:
                await self._tell(
                    [origins.Note(name, answered=False, misses=0, slow_seconds=seconds)]
                )

    async def note(self, tallies: Mapping[str, Tally]) -> None:
        """Tell the database what all workers should know of these origins."""
        told = [
            origins.Note(name, tally.answered, tally.misses, None)
            for name, tally in sorted(tallies.items())
            if (tally.misses and not tally.answered) or (tally.answered and self._troubled(name))
        ]
        if told:
            await self._tell(told)
        for note in told:
            self._shares[note.name].asked_at = float("-inf")

    async def keep(self) -> None:
        """See to what we hold: renew what is in use, give back what is not.

        Raises what the pool raises when the database is away; the next call does what is left.
        """
        now = asyncio.get_running_loop().time()
        async with self._leasing:
            self._let_go(now)
            self._drop_spare(self._shares.values())
            gone = [one for one in self._shares.values() if not (one.chunks or one.cap or one.used)]
            if gone:
                await self._give_back([one.name for one in gone])
            old = [
                one
                for one in self._shares.values()
                if one.chunks and (one.drains or not one.cap or now - one.asked_at > _RENEW_SECONDS)
            ]
            await self._renew(old, probe=False)
        await self._listen()

    @property
    def known(self) -> int:
        """Origins that this worker holds something of."""
        return len(self._shares)

    def _troubled(self, name: str) -> bool:
        lease = self._shares[name].lease
        return lease is not None and bool(lease.unreachable or lease.probing)

    async def _tell(self, notes: list[origins.Note]) -> None:
        with contextlib.suppress(*pool.DATABASE_AWAY):  # the pictures are worth more than this
            async with self._database.connection() as connection:
                await origins.note(
                    connection, notes, park_after=PARK_AFTER, probe_seconds=self.probe_seconds
                )

    def _enter(self, wanted: Mapping[str, int]) -> None:
        for name, requests in wanted.items():
            mine = self._shares.setdefault(name, share.Share(name))
            mine.chunks += 1
            mine.wanted += requests

    def _leave(self, wanted: Mapping[str, int]) -> None:
        now = asyncio.get_running_loop().time()
        for name, requests in wanted.items():
            mine = self._shares[name]
            mine.chunks -= 1
            mine.wanted -= requests
            mine.left_at = now

    async def _renew(self, shares: Collection[share.Share], *, probe: bool = True) -> None:
        if not shares:
            return
        now = asyncio.get_running_loop().time()
        asks = {one.name: one.freeze() for one in shares}
        try:
            async with self._database.connection() as connection:
                leases = await origins.lease(
                    connection,
                    self._worker,
                    asks,
                    self.limit,
                    probe_seconds=self.probe_seconds if probe else None,
                )
            for lease in leases:
                self._shares[lease.origin].grant(lease, now)
        finally:
            if not self.alive:
                self._fall_silent()
            for one in shares:
                one.thaw()
        self._drop_spare(shares)

    async def _listen(self) -> None:
        """What other workers have found out about the origins that we have use for."""
        names = sorted(one.name for one in self._shares.values() if one.chunks)
        if not names:
            return
        async with self._database.connection() as connection:
            moods = await origins.moods(connection, names)
        now = asyncio.get_running_loop().time()
        for mood in moods:
            if mood.origin in self._shares:
                self._shares[mood.origin].hear(mood, now)

    def _let_go(self, now: float) -> None:
        for one in self._shares.values():
            if not one.chunks and now - one.left_at > _LINGER_SECONDS:
                one.close()

    def _drop_spare(self, shares: Iterable[share.Share]) -> None:
        spare = {one.name: one.spare for one in shares if one.spare}
        if spare:
            self._session.drop_idle(spare)

    async def _give_back(self, names: list[str]) -> None:
        for name in names:
            self._shares[name].lines.most = 0
        async with self._database.connection() as connection:
            await origins.give_back(connection, self._worker, names)
        for name in names:
            if not self._shares[name].chunks:  # a chunk may have begun to wait meanwhile
                del self._shares[name]

    def _fall_silent(self) -> None:
        self._silent.set()
        for one in self._shares.values():
            one.close()
            one.lines.most = 0
        self._session.drop_idle(dict.fromkeys(self._shares, int(_FOR_EVER)))
