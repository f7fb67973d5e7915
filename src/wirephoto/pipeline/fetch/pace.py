"""The pace at the origins: this worker's part of the connection limits, parking, Retry-After.

A limit holds over all workers of an installation, exactly: the database leases parts of it, and
what a worker has open never exceeds its leases. A part shrinks in the database after connections
were closed, and grows here after the database has said so. A worker without heartbeat opens
nothing, and closes what it has before anyone else may have it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sized
from dataclasses import dataclass
from types import TracebackType

from wirephoto.db import origins, pool
from wirephoto.net import lines as counting
from wirephoto.net import session as sessions
from wirephoto.pipeline.fetch import share

PARK_AFTER = 20  # tries in a row without any HTTP answer
KEEP_SECONDS = 0.5  # between two looks at what we hold
SLOW_SECONDS = 3600.0  # the longest that an origin's Retry-After holds back others than its asker
_RENEW_SECONDS = 2.0  # how old a lease may be: shares change with who asks
_LINGER_SECONDS = 1.0  # that connections nobody has use for are kept for the next chunk
_SCARCE_LINGER_SECONDS = 0.2  # the same, where others wait for them
_COOLED_SECONDS = 0.03  # after which what was closed counts no more (`net.lines`)
_FOR_EVER = 1e9


@dataclass(slots=True)
class Tally:
    """How a chunk's tries at one origin went."""

    answered: bool = False
    misses: int = 0


class Slot:
    """One request at an origin, from ``async with`` to ``release`` or its end; made by ``Pace``.

    ``lines``: its connections. A class of its own, for every picture has one: a context manager
    made of a generator takes three times as long.
    """

    __slots__ = ("_first", "_keeper", "_patience", "_turn", "held", "share")

    def __init__(
        self, keeper: "Pace", mine: share.Share, turn: share.Turn, patience: float | None
    ) -> None:
        self.share = mine
        self.held = False
        self._keeper = keeper
        self._turn = turn
        self._first = share.is_first(turn)
        self._patience = patience

    @property
    def lines(self) -> counting.Lines:
        return self.share.lines

    async def __aenter__(self) -> "Slot | None":
        if self.share.free <= 0 and not await self._keeper.may_begin(
            self.share, self._turn, self._patience
        ):
            return None
        self.share.begin(first=self._first)
        self.held = True
        return self

    def release(self) -> None:
        if self.held:
            self.held = False
            self.share.end(first=self._first)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        self._keeper.see_to(self.share)


class Pace:
    """One for a worker process; create it inside its running loop.

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
        self._loop = asyncio.get_running_loop()  # asked for anew it is a system call each time
        self._shares: dict[str, share.Share] = {}
        self._leasing = asyncio.Lock()
        self._alive_until = 0.0
        self._silence: asyncio.TimerHandle | None = None
        self._silent = asyncio.Event()
        self._stirred = asyncio.Event()

    def heard(self, seconds: float) -> None:
        """The worker's heartbeat was written: leases hold for ``seconds`` from now."""
        self._alive_until = self._loop.time() + seconds
        self._silent.clear()
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._loop.call_at(self._alive_until, self._fall_silent)

    def now(self) -> float:
        """By the clock that origins are learned by."""
        return self._loop.time()

    @property
    def alive(self) -> bool:
        return self._loop.time() < self._alive_until

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
    async def leased(
        self, wanted: Mapping[str, Sized], turn: share.Turn
    ) -> AsyncIterator[dict[str, origins.Lease]]:
        """Leases of origins while a chunk has use for them.

        One statement, none when they are fresh.

        Args:
            wanted: for each origin what is not begun; its length is looked at again and again.
            turn: the chunk's; what a first one wants is urgent.
        """
        self._enter(wanted, first=share.is_first(turn))
        try:
            async with self._leasing:
                now = self._loop.time()
                found = [self._shares[name] for name in sorted(wanted)]
                await self._renew([one for one in found if one.is_stale(now, _RENEW_SECONDS)])
            yield {one.name: one.lease for one in found if one.lease}
        finally:
            self._leave(wanted)

    def slot(self, name: str, turn: share.Turn, *, patience: float | None = None) -> Slot:
        """One request to the origin, as soon as this worker's part has one free for this turn.

        To be entered; it is None then: this worker had no part in the origin for ``patience``
        seconds.
        """
        return Slot(self, self._shares[name], turn, patience)

    async def may_begin(self, mine: share.Share, turn: share.Turn, patience: float | None) -> bool:
        """Whether a request may begin now, after waiting for it; for ``Slot``."""
        until = _FOR_EVER if patience is None else self._loop.time() + patience
        while mine.free <= 0:
            if not self.alive or (not mine.cap and self._loop.time() >= until):
                return False
            if mine.cap:
                await mine.wait(turn)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await mine.wait(turn)
        return True

    def see_to(self, mine: share.Share) -> None:
        """After a request: close what is too many, ask the database for what cannot wait."""
        if mine.spare:
            self._drop_spare([mine])
        if mine.due:
            self._stirred.set()

    def slow_seconds(self, name: str) -> float:
        """How long the origin wants to be left alone; 0: not at all."""
        return max(0.0, self._shares[name].slow_until - self._loop.time())

    def parked_seconds(self, name: str) -> float:
        """When a parked origin is probed again; 0: it is not parked."""
        lease = self._shares[name].lease
        return lease.parked_seconds if lease else 0.0

    async def slow_down(self, name: str, seconds: float) -> None:
        """The origin wants to be left alone: at once by all of us, in a moment by all workers."""
        mine, seconds = self._shares[name], min(seconds, SLOW_SECONDS)
        until = self._loop.time() + seconds
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
        now = self._loop.time()
        async with self._leasing:
            if self._let_go(now):
                await asyncio.sleep(_COOLED_SECONDS)
            gone = [one for one in self._shares.values() if not (one.chunks or one.cap or one.used)]
            if gone:
                await self._give_back([one.name for one in gone])
            needed = [one for one in self._shares.values() if one.chunks]
            old = [one for one in needed if one.is_uneven or now - one.asked_at > _RENEW_SECONDS]
            await self._renew(old, probe=False)
        await self._listen({one.name for one in needed} - {one.name for one in old})

    async def listen(self) -> None:
        """Hear what other workers' first chunks need, for ever; ``keep`` sees it later, too."""
        async with self._database.connection() as connection:
            async for call in origins.calls(connection):
                mine = self._shares.get(call.origin)
                if mine is not None and call.worker != self._worker:
                    mine.call(needed=call.needed)
                    if mine.due:
                        self._stirred.set()

    async def answer(self) -> None:
        """Ask the database at once about what cannot wait for ``keep``, for ever."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            async with self._leasing:
                await self._renew([one for one in self._shares.values() if one.due], probe=False)

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

    def _enter(self, wanted: Mapping[str, Sized], *, first: bool) -> None:
        for name, queue in wanted.items():
            self._shares.setdefault(name, share.Share(name)).enter(queue, first=first)

    def _leave(self, wanted: Mapping[str, Sized]) -> None:
        now = self._loop.time()
        for name, queue in wanted.items():
            self._shares[name].leave(queue, now)
            if self._shares[name].due:
                self._stirred.set()

    async def _renew(self, shares: Collection[share.Share], *, probe: bool = True) -> None:
        if not shares:
            return
        now = self._loop.time()
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
                self._shares[lease.origin].grant(lease, now, self.limit)
        finally:
            if not self.alive:
                self._fall_silent()
            for one in shares:
                one.thaw()
        self._drop_spare(shares)

    async def _listen(self, names: Collection[str]) -> None:
        """What other workers have found out about these origins; leases tell it as well."""
        if not names:
            return
        async with self._database.connection() as connection:
            moods = await origins.moods(connection, sorted(names))
        now = self._loop.time()
        for mood in moods:
            if mood.origin in self._shares:
                self._shares[mood.origin].hear(mood, now)

    def _let_go(self, now: float) -> bool:
        """Close what we have no use for; whether anything was."""
        for one in self._shares.values():
            linger = _SCARCE_LINGER_SECONDS if one.scarce else _LINGER_SECONDS
            if not one.chunks and now - one.left_at > linger:
                one.close()
            elif one.chunks and one.scarce:
                one.come_down()
        return self._drop_spare(self._shares.values())

    def _drop_spare(self, shares: Iterable[share.Share]) -> bool:
        spare = {one.name: one.spare for one in shares if one.spare}
        if spare:
            self._session.drop_idle(spare)
            self._loop.call_later(_COOLED_SECONDS, self._tell_of_room, set(spare))
        return bool(spare)

    def _tell_of_room(self, names: set[str]) -> None:
        """What was closed for others is theirs at once."""
        for name in names & self._shares.keys():
            mine = self._shares[name]
            if mine.scarce and mine.drains:
                mine.due = True
                self._stirred.set()

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
