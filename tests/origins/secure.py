"""An origin behind TLS whose handshakes go as they are told, until it is told otherwise.

with secure.running() as origin:
    origin.handshake = secure.stall          # or reset, or secure.presenting(context)
    ...origin.url("/7")...
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator

from tests.origins import pictures

_WAIT_SECONDS = 10.0

Handshake = Callable[[socket.socket], Awaitable[None]]


async def stall(connection: socket.socket) -> None:
    """Take what comes, and never answer."""
    while await asyncio.get_running_loop().sock_recv(connection, 4096):
        pass


async def reset(connection: socket.socket) -> None:
    """Read the client's first word, then RST."""
    await asyncio.get_running_loop().sock_recv(connection, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def presenting(context: ssl.SSLContext) -> Handshake:
    """A handshake with this certificate; whoever trusts it gets a picture, different by path."""

    async def handshake(connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        transport, protocol = await loop.connect_accepted_socket(
            lambda: asyncio.StreamReaderProtocol(reader, loop=loop), connection, ssl=context
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            while True:  # until the client goes: it keeps its connection for the next picture
                head = await reader.readuntil(b"\r\n\r\n")
                body = pictures.jpeg(int(head.split(b" ")[1].strip(b"/")), 2000)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        finally:
            transport.abort()

    return handshake


class Origin:
    """``handshakes`` counts those that were begun."""

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        self.handshakes = 0
        self.port = 0
        self._conversations: set[asyncio.Task[None]] = set()

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    async def serve(self, ready: threading.Event, done: asyncio.Event) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            ready.set()
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)
            await done.wait()
            asyncio.get_running_loop().remove_reader(listener)
        for one in self._conversations:
            one.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        await asyncio.sleep(0)  # the ends of their transports

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            self.handshakes += 1
            task = asyncio.get_running_loop().create_task(self._converse(connection))
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)

    async def _converse(self, connection: socket.socket) -> None:
        # A client may refuse us, or go: that ends it, and is no error here.
        with connection, contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.handshake(connection)


@contextlib.contextmanager
def running(handshake: Handshake) -> Iterator[Origin]:
    """An origin in a thread with a loop of its own."""
    origin, ready, done = Origin(handshake), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(origin.serve(ready, done))

    thread = threading.Thread(target=run, name="secure origin", daemon=True)
    thread.start()
    assert ready.wait(_WAIT_SECONDS)
    try:
        yield origin
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(_WAIT_SECONDS)
