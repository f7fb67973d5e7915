"""The connection below HTTP: how long a client may take, and how many may be there.

uvicorn gives a half-sent head all the time in the world, as it does a client that takes nothing of
its answer, and what it answers by itself is plain text. This adds to its protocol:

- a head must be whole in time, counted from the end of the answer before it (slowloris);
- an answer must be taken, at a least rate;
- of too many connections, the one that has waited longest for its head makes room for a new one;
  where all are at work, the new one is answered 503;
- what cannot be read as HTTP is answered in the one shape.
"""

import asyncio
import fcntl
import struct
import sys
import termios
from typing import ClassVar

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http import h11_impl

from wirephoto.api import errors, headers

LEAST_BYTES_A_SECOND = 1000  # that a client must take of an answer
_LINGER_SECONDS = 1.0  # for the answer to a head that came too late to be sent
_TOO_LARGE = 431


def protocol(*, seconds: float, connections: int) -> type[asyncio.Protocol]:
    """The protocol of one server.

    Args:
        seconds: for the head of a request, and for each look at whether an answer is taken.
        connections: at once.
    """
    limits = {"seconds": seconds, "most": connections, "waiting": {}}
    return type("Connection", (_Connection,), limits)


class _Connection(h11_impl.H11Protocol):
    """Idle means: no request is at work, so what comes next is the head of one."""

    seconds: ClassVar[float]
    most: ClassVar[int]
    waiting: ClassVar[dict["_Connection", None]]  # idle ones, longest first

    _head_timer: asyncio.TimerHandle | None = None
    _taking_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._find_room()
        self._look_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        self._stop_taking_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look_for_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look_for_head()
        self._see_it_taken()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._see_it_taken()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_taking_timer()  # it took what there was for it: counted anew
        self._see_it_taken()

    def send_400_response(self, msg: str) -> None:
        """Called where the fault is handled; h11 says which status fits."""
        fault = sys.exc_info()[1]
        too_large = getattr(fault, "error_status_hint", 400) == _TOO_LARGE
        status = _TOO_LARGE if too_large else 400
        self._answer(status, "The head is too large." if too_large else msg)

    def _find_room(self) -> None:
        longest = next(iter(self.waiting), None)
        if longest is None:
            self.app = _full
        else:
            longest._end_waiting()  # noqa: SLF001 - one of us; its end comes later, and others before it
            longest.transport.abort()

    def _at_work(self) -> bool:
        cycle: h11_impl.RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is not None and not cycle.response_complete

    def _look_for_head(self) -> None:
        if self._at_work() or self.transport.is_closing():
            self._end_waiting()
        elif self._head_timer is None:
            self.waiting[self] = None
            self._head_timer = self.loop.call_later(self.seconds, self._head_is_late)

    def _end_waiting(self) -> None:
        self.waiting.pop(self, None)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        begun = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if begun and not self.transport.is_closing():
            self._answer(408, f"The head did not come within {self.seconds:g} s.")
            self.loop.call_later(_LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.abort()

    def _answer(self, status: int, problem: str) -> None:
        """An answer of the connection's own, its last; none where another is on its way."""
        if self._at_work():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            answer = errors.answer(status, {"request": problem}, {"Connection": "close"})
            fields = [*answer.raw_headers, *headers.fields()]
            head = h11.Response(status_code=status, headers=fields)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _see_it_taken(self) -> None:
        if self._taking_timer is None and self.transport.get_write_buffer_size():
            left = self._left()
            self._taking_timer = self.loop.call_later(self.seconds, self._look_again, left)

    def _look_again(self, left_before: int) -> None:
        self._taking_timer = None
        if left_before - self._left() >= LEAST_BYTES_A_SECOND * self.seconds:
            self._see_it_taken()
        elif self.transport.get_write_buffer_size():
            self.transport.abort()

    def _left(self) -> int:
        """Bytes that the client has not taken: ours, and those the kernel holds (tcp(7))."""
        number: int = self.transport.get_extra_info("socket").fileno()
        word = fcntl.ioctl(number, termios.TIOCOUTQ, struct.pack("i", 0))
        kernel: int = struct.unpack("i", word)[0]
        return kernel + self.transport.get_write_buffer_size()

    def _stop_taking_timer(self) -> None:
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = errors.answer(
        503,
        {"connections": "There are too many at once. Try again."},
        {"Retry-After": str(errors.RETRY_AFTER_SECONDS), "Connection": "close"},
    )
    await answer(scope, receive, send)


_full: ASGIApp = headers.Defaults(_refuse)
