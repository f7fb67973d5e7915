"""A connection that does not wait for ever: the line of a server that fell silent is cut.

The kernel notices a peer that is gone, not one that is there and says nothing: a stalled proxy, a
server that stands still. A statement may take long all the same, so a silence is looked into
before it is ended: does the server answer anyone at all?
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, pq

_SILENCE_SECONDS = 10.0
_ASK_SECONDS = 5

T = TypeVar("T")


class Connection(psycopg.AsyncConnection[dict[str, Any]]):
    """As its base; a wait for a silent server ends as ``psycopg.OperationalError``."""

    _asking: asyncio.Task[None] | None = None

    async def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **named: Any) -> T:
        watch = asyncio.get_running_loop().call_later(_SILENCE_SECONDS, self._suspect)
        try:
            return await super().wait(gen, *arguments, **named)
        finally:
            watch.cancel()
            if self._asking is not None:
                self._asking.cancel()
                self._asking = None

    def _suspect(self) -> None:
        if self.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:  # not: it only listens
            self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        """Until the answer comes, or the server answers nobody else either."""
        where = conninfo.make_conninfo(
            host=self.info.host, port=self.info.port, connect_timeout=_ASK_SECONDS
        ).encode()
        while True:
            if await asyncio.to_thread(pq.PGconn.ping, where) == pq.Ping.NO_RESPONSE:
                break
            await asyncio.sleep(_SILENCE_SECONDS)
        self._cut()

    def _cut(self) -> None:
        """Whoever waits reads the end of the connection."""
        with (
            contextlib.suppress(OSError, psycopg.OperationalError),
            socket.socket(fileno=os.dup(self.pgconn.socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)
