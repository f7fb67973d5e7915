"""One connection to an origin: HTTP/1.1 from the client's side, an exchange at a time.

The parsing is llhttp's (``httptools``), Node's own; what is here is what surrounds it: limits on
the head, the flow of the body, and the end of both. Sources: RFC 9110, RFC 9112.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

from wirephoto.net.fields import Headers

READ_BYTES = 262_144  # at most, by one call of the kernel
_BODY_HELD = 1_048_576  # bytes of a body that wait for their reader before the socket is left alone
_WORTH_TELLING = READ_BYTES  # bytes of a body of known length, unless it is whole
_HEAD_BYTES = 1_048_576  # of all heads of an exchange
_INTERIM = 200  # answers of the class 1xx before the one that counts
_NO_BODY = frozenset({204, 304})
_FIRST_FINAL = 200


class Broken(Exception):
    """The exchange ended before its answer was whole.

    ``invalid``: what came is no HTTP. ``failed``: the connection did not end in order.
    """

    def __init__(self, *, invalid: bool = False, failed: bool = False) -> None:
        super().__init__()
        self.invalid = invalid
        self.failed = failed


class Answer:
    """An answer whose head is there; its body is read piece by piece.

    Attributes:
        waited: seconds from its request to its head.
    """

    __slots__ = ("_connection", "content_length", "headers", "status", "waited")

    def __init__(self, connection: "Connection", status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.waited = 0.0
        length = headers.get("Content-Length")
        self.content_length = int(length) if length is not None else None
        self._connection = connection

    @property
    def received(self) -> int:
        """Bytes of the body that came so far, those that are not read yet included."""
        return self._connection.received

    async def some(self) -> bytes:
        """The next bytes of the body as they came, nothing at its end.

        Raises:
            Broken: the body ended early.
        """
        return await self._connection.some()

    async def read(self) -> bytes:
        """The whole body; for answers that are known to be small."""
        return b"".join([piece async for piece in self])

    def __aiter__(self) -> "Answer":
        return self

    async def __anext__(self) -> bytes:
        piece = await self.some()
        if not piece:
            raise StopAsyncIteration
        return piece


class Connection(asyncio.BufferedProtocol):
    """A connection, opened by somebody else.

    Args:
        buffer: what is read goes through it; all connections of an event loop may share one, since
            it is empty again before the loop goes on.
        line_bytes: the most of one header field.
        header_count: the most header fields of an answer, trailers included.
    """

    def __init__(self, buffer: memoryview, *, line_bytes: int, header_count: int) -> None:
        self.is_open = False
        self._buffer = buffer
        self._line_bytes = line_bytes
        self._header_count = header_count
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._loop = asyncio.get_running_loop()  # asked for anew it is a system call each time
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._forget()

    def _forget(self) -> None:
        self._fields = Headers()
        self._field_count = 0
        self._head_bytes = 0
        self._unnamed_bytes = 0
        self._interim = 0
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._told_from = 1
        self._paused = False
        self.received = 0
        self._answer: Answer | None = None
        self._ends_with_connection = False
        self._is_last = False
        self._whole = False
        self._failure: Broken | None = None
        self._waiter: asyncio.Future[None] | None = None

    # What the owner does.

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for the head of its answer.

        Raises:
            Broken: the connection ended, or what came is no HTTP.
        """
        assert self._transport is not None
        self._forget()
        self._parser = _parser(self)
        if self.is_open:
            self._transport.write(request)
        else:
            self._failure = Broken()
        while self._answer is None:
            await self._news()
        return self._answer

    async def some(self) -> bytes:
        """The next bytes of the answer's body, nothing at its end."""
        while not self._pieces:
            if self._whole:
                return b""
            await self._news()
        piece = self._pieces.popleft()
        self._held -= len(piece)
        if self._paused and self._held <= _BODY_HELD // 2:
            self._paused = False
            if self.is_open and self._transport is not None:
                self._transport.resume_reading()
        return piece

    @property
    def may_be_used_again(self) -> bool:
        """Whether its answer is whole and read, and both sides want to go on."""
        return (
            self.is_open
            and self._whole
            and not self._pieces
            and not self._is_last
            and self._failure is None
        )

    def rest(self) -> None:
        """Forget the exchange; until the next nothing may come."""
        self._parser = None
        self._forget()

    def abort(self) -> None:
        """Close at once, whatever is under way: an answer that is not whole never will be."""
        if not self._whole:
            self._failure = self._failure or Broken(failed=True)
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        """Wait until the socket is closed."""
        await asyncio.shield(self._closed)

    def when_closed(self, act: Callable[["Connection"], object]) -> None:
        self._closed.add_done_callback(lambda _: act(self))

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's says so by its methods
        self.is_open = True

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's guess
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._parser is None or self._whole:
            self.abort()  # nobody asked
            return
        if self._answer is None:
            self._head_bytes += nbytes
        self._unnamed_bytes += nbytes
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._whole:  # what follows an answer is not of it
                self._is_last = True
            else:
                self._fail(Broken(invalid=True))
        if self._is_too_much():
            self._fail(Broken(invalid=True))

    def _is_too_much(self) -> bool:
        """Of a head, or of one line: the parser tells of a field or a chunk when it is whole.

        The status line is told together with the first field.
        """
        head = self._head_bytes if self._answer is None else 0
        return head > _HEAD_BYTES or self._unnamed_bytes > 2 * self._line_bytes

    def eof_received(self) -> bool:
        self.is_open = False  # and is not given to the next before we hear that it is closed
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if not self._closed.done():
            self._closed.set_result(None)
        if self._whole or self._parser is None:
            return
        ended = exc is None and self._failure is None
        if self._answer is not None and self._ends_with_connection and ended:
            self._whole = True
            self._tell()
        else:
            self._fail(Broken(failed=exc is not None))

    # What the parser tells.

    def on_message_begin(self) -> None:
        if self._whole:
            raise httptools.HttpParserError("an answer to nothing")

    def on_status(self, reason: bytes) -> None:
        if len(reason) > self._line_bytes:
            raise httptools.HttpParserError("a long line")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._unnamed_bytes = 0
        self._field_count += 1
        if len(name) + len(value) > self._line_bytes or self._field_count > self._header_count:
            raise httptools.HttpParserError("a large head")
        if self._answer is None:  # trailers are none of the answer's
            self._fields.add(name, value)

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self._unnamed_bytes = 0
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            self._interim += 1
            if self._interim > _INTERIM:
                raise httptools.HttpParserError("many interim answers")
            return
        self._ends_with_connection = _ends_with_connection(status, self._fields)
        self._is_last = not self._parser.should_keep_alive()
        self._answer = Answer(self, status, self._fields)
        if self._answer.content_length is not None:
            self._told_from = min(self._answer.content_length, _WORTH_TELLING)
        self._tell()

    def on_body(self, data: bytes) -> None:
        if self._answer is None:
            raise httptools.HttpParserError("an interim answer with a body")
        self._unnamed_bytes = 0
        self._pieces.append(data)
        self._held += len(data)
        self.received += len(data)
        if self._held > _BODY_HELD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if self._held >= self._told_from:
            self._tell()

    def on_message_complete(self) -> None:
        self._unnamed_bytes = 0
        if self._answer is None:  # an interim answer
            self._fields = Headers()
            self._field_count = 0
            return
        self._whole = True
        self._tell()

    def _fail(self, failure: Broken) -> None:
        self._failure = self._failure or failure
        self._tell()
        self.abort()

    def _tell(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _news(self) -> None:
        """Wait until something came, or raise what ended it."""
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        await self._waiter


def _parser(connection: Connection) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(connection)
    # What browsers take, too, from servers that are a little wrong.
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser


def _ends_with_connection(status: int, headers: Headers) -> bool:
    """Whether nothing but the end of the connection ends the body (RFC 9112, 6.3)."""
    if status in _NO_BODY or headers.get("Content-Length") is not None:
        return False
    codings = ",".join(headers.get_all("Transfer-Encoding")).lower()
    return codings.rpartition(",")[2].strip() != "chunked"
