"""A line of some length: a relay that lets each request wait before it goes on to the origin.

``python -m bench.relay PORT ORIGIN_PORT SECONDS``. What the origin sends comes at once, so a
picture takes the delay once, as it does from a server that is so many milliseconds away and sends
it in one go. A new connection costs no delay of its own. It is a process of Python's, and takes its
own part of the processor: where the kernel has netem, a namespace with that would take less.
"""

import asyncio
import sys
from typing import cast

import uvloop

_READ_BYTES = 262_144


class _Side(asyncio.BufferedProtocol):
    """One end of a relayed connection; what comes in goes out at the other."""

    def __init__(self, buffer: memoryview, seconds: float) -> None:
        self._buffer = buffer
        self._seconds = seconds
        self._before: list[bytes] = []  # that the other end is there
        self.other: asyncio.Transport | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's guess
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self.pass_on, data)
        else:
            self.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        if self.other is None:
            self._before.append(data)
        elif not self.other.is_closing():
            self.other.write(data)

    def meet(self, other: asyncio.Transport) -> None:
        self.other = other
        for data in self._before:
            self.other.write(data)
        if self.transport is None or self.transport.is_closing():
            other.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever ended it
        if self.other is not None:
            self.other.close()


async def relay(port: int, origin: int, seconds: float) -> None:
    """Relay until the end of the process."""
    loop = asyncio.get_running_loop()
    buffer = memoryview(bytearray(_READ_BYTES))
    meeting: set[asyncio.Task[None]] = set()

    async def meet(client: _Side) -> None:
        far = _Side(buffer, 0.0)
        transport, _ = await loop.create_connection(lambda: far, "127.0.0.1", origin)
        assert client.transport is not None
        far.meet(client.transport)
        client.meet(transport)

    class Client(_Side):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            task = loop.create_task(meet(self))
            meeting.add(task)
            task.add_done_callback(meeting.discard)

    server = await loop.create_server(
        lambda: Client(buffer, seconds), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
