"""An origin at socket level that answers as badly as a path asks for.

``behaviours``, ``bodies``, ``mended`` and ``strained`` list the paths. Any path takes
``?after=0.2``: seconds before the answer.

    async with hostile.Origin() as origin:      # in the test's own loop
        await fetch(origin.url("/cut/100"))
    with hostile.running() as origin:           # in a thread, for tests that start processes
        ...
"""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.origins import behaviours, bodies, mended, strained
from tests.origins.exchange import Exchange, Request

_BEHAVIOURS = behaviours.WHOLE | bodies.BROKEN | mended.MENDED | strained.STRAINED
_LONGEST_WAIT_SECONDS = 10


class Origin:
    """Counts what it is asked.

    Attributes:
        requests: how often each path (without query) was asked for.
        log: every request, oldest first.
        connections: accepted in all.
        peak_connections: the most that were open at once.
        gate: while it is shut (``gate.clear()``), nothing is answered; ``open_gate`` from a thread.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.requests: Counter[str] = Counter()
        self.log: list[Request] = []
        self.connections = 0
        self.peak_connections = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def url(self, path: str) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}{path}"

    async def start(self, port: int = 0) -> None:
        """Listen; 0 takes a free port."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, self._host, port, backlog=1024)

    async def stop(self) -> None:
        """Stop listening and break what is open."""
        assert self._server is not None
        while tasks := _accepting():
            await asyncio.gather(*tasks, return_exceptions=True)
        self._server.close()
        while left := list(self._tasks):  # one may have been accepted meanwhile
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await asyncio.sleep(0)  # their callbacks, and the ends of their transports
        await self._server.wait_closed()
        await asyncio.sleep(0)

    def call(self, act: Coroutine[Any, Any, None]) -> None:
        """``start`` or ``stop`` from another thread than its own."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(act, self._loop).result(_LONGEST_WAIT_SECONDS)

    def open_gate(self) -> None:
        """Answer all, also who waits."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.gate.set)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A conversation that is cancelled before it began closes nothing by itself.
        task.add_done_callback(lambda _: writer.transport.abort())
        self.connections += 1
        self.peak_connections = max(self.peak_connections, len(self._tasks))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # A client may go at any time: that ends the conversation, and is no error here.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    pass
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; True: the connection may bring another."""
        request = await _read_request(reader)
        self.log.append(request)
        self.requests[request.path] += 1
        await asyncio.sleep(float(request.query.get("after", 0)))
        await self.gate.wait()
        name, *arguments = request.path.lstrip("/").split("/")
        exchange = Exchange(request, arguments, self.requests[request.path], reader, writer)
        await _BEHAVIOURS.get(name, behaviours.not_found)(exchange)
        return exchange.keep_alive


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def _accepting() -> list[asyncio.Task[Any]]:
    """Connections that are accepted and are no conversation yet.

    asyncio makes a task of each and tells nobody; one that finds its server closed leaves its
    socket open.
    """
    return [one for one in asyncio.all_tasks() if "_accept_connection" in str(one.get_coro())]


@contextlib.contextmanager
def running(host: str = "127.0.0.1") -> Iterator[Origin]:
    """An origin in a thread with a loop of its own."""
    origin = Origin(host)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="origin", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(origin.start(), loop).result(_LONGEST_WAIT_SECONDS)
        try:
            yield origin
        finally:  # also where the test failed: what it left open would be told as another fault
            asyncio.run_coroutine_threadsafe(origin.stop(), loop).result(_LONGEST_WAIT_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
