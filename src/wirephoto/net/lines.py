"""Connections to one origin, counted from before they are opened until their end has arrived.

A connection is more than a request: one that waits in the pool for its next use is one, so is one
that is being tried, and one that we have closed is one to its origin until it has read the end.
"""

import asyncio
from collections import deque
from collections.abc import Callable

_COOLING_SECONDS = 0.02  # from our close to the origin's notice of it; loopback and a busy origin


class Lines:
    """How many connections to an origin are open, and how many may be.

    Attributes:
        most: that may be open; those that are stay open when it shrinks.
        open: connections, tries at one, and those whose end may not have arrived.
        heard: told how many seconds after its request a good answer began.
    """

    def __init__(self, most: int, *, heard: Callable[[float], object] = float) -> None:
        self.open = 0
        self.heard = heard
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def most(self) -> int:
        return self._most

    @most.setter
    def most(self, connections: int) -> None:
        self._most = connections
        self._wake()

    async def turn(self) -> None:
        """Wait until one may be free, or is kept for its next use."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._tell(1)  # our turn is another's
            raise

    def take(self) -> bool:
        """Count one more, if it may be."""
        if self.open >= self._most:
            return False
        self.open += 1
        return True

    def kept(self) -> None:
        """One that is open waits for its next use: who waits for room may have it."""
        self._tell(1)

    def closed(self) -> None:
        """One was closed at our end; it counts until its origin had time to notice."""
        loop = asyncio.get_running_loop()
        if not loop.is_closed():
            loop.call_later(_COOLING_SECONDS, self._free)

    def _free(self) -> None:
        self.open -= 1
        self._wake()

    def _wake(self) -> None:
        self._tell(self._most - self.open)

    def _tell(self, waiters: int) -> None:
        while self._waiting and waiters > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                waiters -= 1
