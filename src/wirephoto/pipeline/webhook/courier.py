"""Takes deliveries that are due, and makes many tries side by side.

The table of deliveries is their queue. A claim counts what is under way over all workers, so that
one receiver that hangs, or many, leave the others their room.
"""

import asyncio
import functools

import structlog

from wirephoto.db import deliveries, pool
from wirephoto.metrics import families
from wirephoto.pipeline.webhook import delivery

# A try costs a socket and little else; what it must not cost is somebody else's turn.
LIMITS = deliveries.Limits(slots=64, for_slow=32, per_endpoint=4, per_origin=16)
STOP_SECONDS = 5.0  # a try that is under way may end by itself; then it is given up, and made again
_POLL_SECONDS = 0.5

log = structlog.get_logger(__name__)


class Courier:
    """The tries of one worker process."""

    def __init__(self, services: delivery.Services, *, limits: deliveries.Limits = LIMITS) -> None:
        self._services = services
        self._limits = limits
        self._tries: dict[int, asyncio.Task[None]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until ``stopping``; what is not done by then is free for others."""
        try:
            while not stopping.is_set():
                begun = await self._begin()
                await self._pause(stopping, _POLL_SECONDS if not begun else 0)
        finally:
            await self._end()

    async def _begin(self) -> int:
        """Begin what is due and has room; how many tries that were."""
        if len(self._tries) >= self._limits.slots:
            return 0
        try:
            async with self._services.database.connection() as connection:
                claimed = await deliveries.claim(
                    connection, self._services.worker, [*self._tries], self._limits
                )
        except pool.DATABASE_AWAY as away:
            families.DATABASE_ERRORS.add()
            log.warning("database_away", problem=pool.problem(away))
            return 0
        for one in claimed:
            task = asyncio.create_task(self._try(one))
            self._tries[one.id] = task
            task.add_done_callback(functools.partial(self._ended, one.id))
        return len(claimed)

    async def _try(self, one: deliveries.Delivery) -> None:
        with structlog.contextvars.bound_contextvars(delivery=one.public_id, job=one.job):
            try:
                await delivery.deliver(self._services, one)
            except pool.DATABASE_AWAY as away:
                log.warning("webhook_not_recorded", problem=pool.problem(away))
            except Exception:
                log.exception("webhook_failed")

    def _ended(self, delivery_id: int, done: asyncio.Task[None]) -> None:
        """Its claim, if it left one, is free: we hold it no more."""
        if self._tries.get(delivery_id) is done:  # it may have been claimed anew already
            del self._tries[delivery_id]

    async def _pause(self, stopping: asyncio.Event, seconds: float) -> None:
        """Until it is time to look again: a poll, a try that ended, or the end of all."""
        stopped = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait(
                {stopped, *self._tries.values()},
                timeout=seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopped.cancel()

    async def _end(self) -> None:
        tries = set(self._tries.values())
        if tries:
            _, late = await asyncio.wait(tries, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
