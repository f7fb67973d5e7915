"""A worker's presence: its heartbeat, on a session of its own that ends with its process.

A heart that does not beat says that a worker does no work. Whether it may still have connections
open is another question: a process that is stopped keeps them. Its session tells: the kernel ends
it with the process, and not before.
"""

import asyncio
import contextlib

from wirephoto.db import pool, workers


class Presence:
    """Of one worker; ``beat`` now and then, ``close`` at the end."""

    def __init__(self, database: pool.Pool, worker: int) -> None:
        self.worker = worker
        self._database = database
        self._connection: pool.Connection | None = None

    async def beat(self) -> float | None:
        """When the beat was sent, by the loop's clock; None: we were taken for dead.

        Raises what the pool raises when the database is away.
        """
        try:
            return await self._beat()
        except pool.DATABASE_AWAY:  # most often the session alone was ended
            return await self._beat()

    async def _beat(self) -> float | None:
        if self._connection is None:
            self._connection = await self._database.getconn()
        try:
            await workers.hold_presence(self._connection, self.worker)
            sent = asyncio.get_running_loop().time()
            return sent if await workers.beat(self._connection, self.worker) else None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the session; the lock goes with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*pool.DATABASE_AWAY):
                await connection.close()
                await self._database.putconn(connection)
