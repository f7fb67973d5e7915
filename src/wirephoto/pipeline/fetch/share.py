"""An origin as one worker sees it: its part of the connections, who waits for one, and its mood."""

import asyncio
import heapq
import itertools
from collections.abc import Sized
from dataclasses import dataclass, field, replace

from wirephoto.db import origins
from wirephoto.net import lines as counting
from wirephoto.pipeline.fetch import ease as easing

Turn = tuple[bool, int]

_NEVER = float("-inf")
_numbers = itertools.count()


@dataclass
class Share:
    """Shared by all chunks of a worker process.

    Attributes:
        name: the origin.
        ease: how many requests at once it takes, as we found; less than ``cap`` where it is less.
        lines: its connections; ``lines.most`` is what the database counts as ours.
        cap: requests at once; less than ``lines.most`` while we come down to our share.
        busy: requests now; ``busy_first`` of them for the first chunks of jobs.
        queues: what each chunk that has use for it has not begun; ``first`` of them are first ones.
        scarce: others want more of it than there is.
        asked_at: when the lease was renewed, by the loop's clock; ``asked_for`` so many.
        slow_until: when it may be asked again, by the loop's clock.
        renewing: the database is being asked; whoever waits goes on waiting.
        called: somebody else's first chunk needs what we have; asked as soon as one is free.
        due: to be asked about now.
    """

    name: str
    ease: easing.Ease = field(default_factory=easing.Ease)
    lines: counting.Lines = field(init=False)
    cap: int = 0
    busy: int = 0
    busy_first: int = 0
    queues: list[Sized] = field(default_factory=list)
    first: list[Sized] = field(default_factory=list)
    scarce: bool = False
    asked_at: float = _NEVER
    asked_for: int = 0
    asked_first: int = 0
    left_at: float = 0.0
    slow_until: float = _NEVER
    lease: origins.Lease | None = None
    renewing: bool = False
    called: bool = False
    due: bool = False
    _called: int = 0
    _waiters: list[tuple[Turn, int, asyncio.Future[bool]]] = field(default_factory=list)  # a heap

    def __post_init__(self) -> None:
        self.lines = counting.Lines(0, heard=self.ease.heard)

    @property
    def chunks(self) -> int:
        return len(self.queues)

    @property
    def wanted(self) -> int:
        """Requests that we have use for: begun, and to be begun."""
        return self.busy + sum(map(len, self.queues))

    @property
    def urgent(self) -> int:
        """Of what is wanted: by first chunks."""
        return self.busy_first + sum(map(len, self.first))

    @property
    def is_uneven(self) -> bool:
        """Whether we could use more than our part, or others some of it: to be asked about soon."""
        return self.drains or not self.cap or (self.scarce and self.cap != self.wanted)

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
        return max(0, self.lines.open - max(min(self.cap, self.ease.most), self.busy))

    def enter(self, queue: Sized, *, first: bool) -> None:
        self.queues.append(queue)
        if first:
            self.first.append(queue)

    def leave(self, queue: Sized, now: float) -> None:
        self.queues = [other for other in self.queues if other is not queue]
        self.first = [other for other in self.first if other is not queue]
        self.left_at = now
        self.due |= self.scarce and self.urgent < self.asked_first  # others may go on

    def begin(self, *, first: bool) -> None:
        self.busy += 1
        self.busy_first += first

    def end(self, *, first: bool) -> None:
        """What was called for goes to no other request before the database has said whose it is."""
        self.busy -= 1
        self.busy_first -= first
        if self.called and self.cap:
            self.called, self.due, self.renewing = False, True, True
            self.cap -= 1
        self.wake()

    def learn(self, now: float, failure: BaseException | None) -> None:
        """A request is over, and how."""
        trouble = easing.is_too_much(failure)
        self.ease.ended(now, trouble=trouble, busy=self.busy, ceiling=self.cap)

    def call(self, *, needed: bool) -> None:
        """Another worker's first chunk needs connections, or some became free for one of ours."""
        if not needed:
            self.due |= self.urgent > self.cap
        elif self.cap > self.busy or self.spare:
            self.due = True
        else:
            self.called = self.cap > 0

    def freeze(self) -> origins.Ask:
        """Open nothing more until the database has answered this."""
        self.lines.most = min(self.lines.most, self.used)
        self.cap = min(self.cap, self.lines.most)
        self.asked_for, self.asked_first = self.wanted, self.urgent
        self.renewing, self.called, self.due = True, False, False
        return origins.Ask(self.lines.most, self.asked_for, self.asked_first)

    def grant(self, lease: origins.Lease, now: float, limit: int) -> None:
        """The database's answer to ``freeze``; ``limit``: of all workers together."""
        self.lease = lease
        self.lines.most = lease.connections
        self.cap = lease.share
        self.asked_at = now
        if lease.share < self.asked_for:
            self.scarce = lease.share < limit
        if lease.slow_seconds:
            self.slow_until = max(self.slow_until, now + lease.slow_seconds)

    def thaw(self) -> None:
        """It has answered, or it cannot."""
        self.renewing = False
        self.wake()

    def come_down(self) -> None:
        """Have no more than there is use for; it grows again by asking."""
        self.cap = min(self.cap, max(1, self.wanted))

    def close(self) -> None:
        """Admit no further request."""
        self.cap = 0
        self.asked_at = _NEVER
        self.wake()

    def is_stale(self, now: float, seconds: float) -> bool:
        """Whether to ask again before a chunk begins, ``seconds`` being the age of a good lease."""
        if self.lease is None or now - self.asked_at > seconds or not self.cap:
            return True
        if self.urgent > max(self.cap, self.asked_first):
            return True
        troubled = self.lease.unreachable or self.lease.parked_seconds or self.lease.slow_seconds
        return bool(troubled) or self.wanted > self.cap >= self.asked_for

    def hear(self, mood: origins.Mood, now: float) -> None:
        """What other workers have found out meanwhile."""
        if mood.slow_seconds:
            self.slow_until = max(self.slow_until, now + mood.slow_seconds)
        if self.lease is not None:
            self.lease = replace(self.lease, parked_seconds=mood.parked_seconds)

    @property
    def free(self) -> int:
        """Requests that may begin now; who was called has its place, and has not taken it yet."""
        return min(self.cap, self.ease.most) - self.busy - self._called

    async def wait(self, turn: Turn) -> None:
        """Until something has changed, and it is this turn's."""
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (turn, next(_numbers), waiter))
        self._call()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._called -= waiter.result()
            self.wake()  # our turn, if it had come, is another's
            raise
        self._called -= waiter.result()

    def wake(self) -> None:
        """Let waiters have what is free; with nothing to have, let them all go and see."""
        self._call()
        if not self.cap and not self.renewing:
            waiters, self._waiters = self._waiters, []
            for _, _, waiter in waiters:
                if not waiter.done():
                    waiter.set_result(False)

    def _call(self) -> None:
        while self._waiters and self.free > 0:
            _, _, waiter = heapq.heappop(self._waiters)
            if not waiter.done():
                waiter.set_result(True)
                self._called += 1


def is_first(turn: Turn) -> bool:
    """Whether it is that of a job's first chunk."""
    return not turn[0]


def new_turn(*, first: bool) -> Turn:
    """A chunk's place among ours: the first of a job, then whoever came before."""
    return (not first, next(_numbers))
