"""What a worker has asked origins for and not yet committed: bounded, for a kill costs all of it.

Every request takes a place before it begins, whichever chunk it is for. The places of a part of a
chunk are free again when the part is committed.
"""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Iterator
from typing import Protocol

from wirephoto.pipeline.fetch import share

MOST = 64
PART = 32
"""Requests behind a part that is worth a transaction: while one is committed, another arrives."""


class Holder(Protocol):
    """A chunk that gathers outcomes: ``held`` are the places it keeps until they are committed."""

    @property
    def held(self) -> int: ...

    def hurry(self) -> None:
        """Hand over what there is."""
        ...


class Bound:
    """One for a worker process."""

    def __init__(self, most: int = MOST) -> None:
        self._free = most
        self._waiting: list[tuple[share.Turn, int, asyncio.Future[None]]] = []  # a heap
        self._numbers = itertools.count()
        self._holders: list[Holder] = []
        self._committing = 0

    async def take(self, turn: share.Turn) -> None:
        """A place for one request, in the order of turns."""
        if self._free and not self._waiting:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (turn, next(self._numbers), waiter))
        self.press()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._give(1)
            raise

    @contextlib.contextmanager
    def gathering(self, holder: Holder) -> Iterator[None]:
        """While ``holder`` may be asked to hurry."""
        self._holders.append(holder)
        try:
            yield
        finally:
            self._holders.remove(holder)

    @contextlib.contextmanager
    def committing(self, places: int) -> Iterator[None]:
        """While a part is committed; its places are free afterwards."""
        self._committing += 1
        try:
            yield
        finally:
            self._committing -= 1
            self._give(places)
            self.press()

    def press(self) -> None:
        """Where requests wait, and nothing that is being committed frees a place, somebody hurries.

        The one who holds most: transactions stay few.
        """
        if not self._committing and any(not waiter.done() for _, _, waiter in self._waiting):
            most = max(self._holders, key=lambda holder: holder.held, default=None)
            if most is not None and most.held:
                most.hurry()

    def _give(self, places: int) -> None:
        self._free += places
        while self._free and self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                self._free -= 1
                waiter.set_result(None)
