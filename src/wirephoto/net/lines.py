"""Connections to one origin, counted from before they are opened until their end has arrived.

A connection is more than a request: one that waits in the pool for its next use is one, so is one
that is being tried, and one that we have closed is one to its origin until it has read the end.
"""

import asyncio
import contextlib
import contextvars
import socket
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator

_COOLING_SECONDS = 0.02  # from our close to the origin's notice of it; loopback and a busy origin


class Lines:
    """How many connections to an origin are open, and how many may be.

    Attributes:
        most: that may be open; those that are stay open when it shrinks.
        open: connections, tries at one, and those whose end may not have arrived.
    """

    def __init__(self, most: int) -> None:
        self.open = 0
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def most(self) -> int:
        return self._most

    @most.setter
    def most(self, connections: int) -> None:
        self._most = connections
        self._wake()

    async def room(self) -> None:
        """Wait until one more may be opened, and count it."""
        while not self.take():
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._wake()  # our turn, if it had come, is another's
                raise

    def take(self) -> bool:
        """Count one more, if it may be."""
        if self.open >= self._most:
            return False
        self.open += 1
        return True

    def closed(self) -> None:
        """One was closed at our end; it counts until its origin had time to notice."""
        loop = asyncio.get_running_loop()
        if not loop.is_closed():
            loop.call_later(_COOLING_SECONDS, self._free)

    def _free(self) -> None:
        self.open -= 1
        self._wake()

    def _wake(self) -> None:
        free = self._most - self.open
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


class Call:
    """The opening of one connection, which may take several sockets: a name has several addresses.

    One is waited for; a second beside it (happy eyeballs, RFC 8305) is used when there is room.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._spare = 0
        self._connecting = True

    async def begin(self) -> None:
        await self._lines.room()
        self._spare = 1

    def socket(self, family: int, kind: int, protocol: int) -> socket.socket:
        """A socket that is counted until it is closed.

        Raises:
            OSError: there is no room for another beside those of this call.
        """
        if self._spare:
            self._spare -= 1
        elif not self._lines.take():
            raise BlockingIOError("no further connection to this origin now")
        try:
            return Counted(family, kind, protocol, ended=self._ended)
        except OSError:
            self._ended()
            raise

    def end(self) -> None:
        """The connection is open, or it has failed; what it did not need is free again."""
        self._connecting = False
        while self._spare:
            self._spare -= 1
            self._lines.closed()

    def _ended(self) -> None:
        if self._connecting:
            self._spare += 1
        else:
            self._lines.closed()


class Counted(socket.socket):
    """Tells once when its descriptor is closed, whoever closes it.

    asyncio closes the sockets of its transports; uvloop closes the descriptor itself, then
    detaches the socket from it.
    """

    def __init__(self, family: int, kind: int, protocol: int, *, ended: Callable[[], None]) -> None:
        super().__init__(family, kind, protocol)
        self._ended = weakref.finalize(self, ended)  # for one that nobody closed
        self._ended.atexit = False

    def close(self) -> None:
        super().close()
        self._ended()

    def detach(self) -> int:
        descriptor = super().detach()
        self._ended()
        return descriptor


_lines: contextvars.ContextVar[Lines | None] = contextvars.ContextVar("lines", default=None)
_opening: contextvars.ContextVar[Call | None] = contextvars.ContextVar("opening", default=None)


@contextlib.contextmanager
def along(lines: Lines | None) -> Iterator[None]:
    """Requests within go along these lines; aiohttp has no argument for it."""
    token = _lines.set(lines)
    try:
        yield
    finally:
        _lines.reset(token)


@contextlib.asynccontextmanager
async def opening() -> AsyncIterator[None]:
    """A connection is opened within, counted where the request goes along lines."""
    lines = _lines.get()
    if lines is None:
        yield
        return
    call = Call(lines)
    await call.begin()
    token = _opening.set(call)
    try:
        yield
    finally:
        _opening.reset(token)
        call.end()


def new_socket(family: int, kind: int, protocol: int) -> socket.socket:
    """A socket for the connection that is being opened."""
    call = _opening.get()
    if call is None:
        return socket.socket(family, kind, protocol)
    return call.socket(family, kind, protocol)
