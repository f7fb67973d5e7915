"""One request at the hostile origin, and the words to answer it with, down to the byte."""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Request:
    """As it came, ``at`` seconds of the monotonic clock.

    Header names are in lower case, ``path`` is without the query and still encoded.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Exchange:
    """``count`` is 1 for the first request of this path; ``arguments`` follow the path's name."""

    request: Request
    arguments: list[str]
    count: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep_alive: bool = field(default=False)

    def argument(self, default: float) -> float:
        return float(self.arguments[0]) if self.arguments else default

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, *headers: str) -> None:
        """A status line and exactly these headers."""
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", *headers, "", ""]
        await self.send("\r\n".join(lines).encode())

    async def answer(self, body: bytes, *headers: str, status: int = 200) -> None:
        """A proper answer with its length; the connection is kept."""
        await self.head(status, *headers, f"Content-Length: {len(body)}")
        await self.send(body)
        self.keep_alive = True

    async def until_gone(self) -> None:
        """Wait, saying nothing, until the client closes."""
        await self.reader.read()

    def reset(self) -> None:
        """Close with RST, not FIN."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


class Behaviours(dict[str, Behaviour]):
    """Functions by the name of their path, filled by decorating with ``add``."""

    def add(self, function: Behaviour) -> Behaviour:
        self[function.__name__.replace("_", "-")] = function
        return function


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
