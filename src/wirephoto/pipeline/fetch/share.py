"""An origin as one worker sees it: its part of the connections, who waits for one, and its mood."""

import asyncio
import heapq
import itertools
from dataclasses import dataclass, field, replace

from wirephoto.db import origins
from wirephoto.net import lines as counting

Turn = tuple[bool, int]

_NEVER = float("-inf")
_numbers = itertools.count()


@dataclass
class Share:
    """Shared by all chunks of a worker process.

    Attributes:
        name: the origin.
        lines: its connections; ``lines.most`` is what the database counts as ours.
        cap: requests at once; less than ``lines.most`` while we come down to our share.
        busy: requests now.
        chunks: that have use for it; ``wanted`` is for how many requests.
        asked_at: when the lease was renewed, by the loop's clock; ``asked_for`` so many.
        slow_until: when it may be asked again, by the loop's clock.
        renewing: the database is being asked; whoever waits goes on waiting.
    """

    name: str
    lines: counting.Lines = field(default_factory=lambda: counting.Lines(0))
    cap: int = 0
    busy: int = 0
    chunks: int = 0
    wanted: int = 0
    asked_at: float = _NEVER
    asked_for: int = 0
    left_at: float = 0.0
    slow_until: float = _NEVER
    lease: origins.Lease | None = None
    renewing: bool = False
    _waiters: list[tuple[Turn, int, asyncio.Future[None]]] = field(default_factory=list)  # a heap

    @property
    def used(self) -> int:
        """Connections that cannot be taken from us: open ones, and those about to be."""
        return max(self.lines.open, self.busy)

    @property
    def drains(self) -> bool:
        """Whether others may have some of what the database counts as ours."""
        return self.lines.most > max(self.cap, self.used)

    @property
    def spare(self) -> int:
        """Open connections above what we may keep."""
        return max(0, self.lines.open - max(self.cap, self.busy))

    def freeze(self) -> origins.Ask:
        """Open nothing more until the database has answered this."""
        self.lines.most = min(self.lines.most, self.used)
        self.cap = min(self.cap, self.lines.most)
        self.asked_for = self.wanted
        self.renewing = True
        return origins.Ask(self.lines.most, self.wanted)

    def grant(self, lease: origins.Lease, now: float) -> None:
        """The database's answer to ``freeze``."""
        self.lease = lease
        self.lines.most = lease.connections
        self.cap = lease.share
        self.asked_at = now
        if lease.slow_seconds:
            self.slow_until = max(self.slow_until, now + lease.slow_seconds)

    def thaw(self) -> None:
        """It has answered, or it cannot."""
        self.renewing = False
        self.wake()

    def close(self) -> None:
        """Admit no further request."""
        self.cap = 0
        self.asked_at = _NEVER
        self.wake()

    def is_stale(self, now: float, seconds: float) -> bool:
        """Whether to ask again before a chunk begins, ``seconds`` being the age of a good lease."""
        if self.lease is None or now - self.asked_at > seconds or not self.cap:
            return True
        troubled = self.lease.unreachable or self.lease.parked_seconds or self.lease.slow_seconds
        return bool(troubled) or self.wanted > self.cap >= self.asked_for

    def hear(self, mood: origins.Mood, now: float) -> None:
        """What other workers have found out meanwhile."""
        if mood.slow_seconds:
            self.slow_until = max(self.slow_until, now + mood.slow_seconds)
        if self.lease is not None:
            self.lease = replace(self.lease, parked_seconds=mood.parked_seconds)

    async def wait(self, turn: Turn) -> None:
        """Until something has changed, and it is this turn's."""
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (turn, next(_numbers), waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            self.wake()  # our turn, if it had come, is another's
            raise

    def wake(self) -> None:
        """Let waiters have what is free; with nothing to have, let them all go and see."""
        has_none = not self.cap and not self.renewing
        free = len(self._waiters) if has_none else self.cap - self.busy
        while self._waiters and free > 0:
            _, _, waiter = heapq.heappop(self._waiters)
            if not waiter.done():
                waiter.set_result(None)
                free -= 1


def new_turn(*, first: bool) -> Turn:
    """A chunk's place among ours: the first of a job, then whoever came before."""
    return (not first, next(_numbers))
