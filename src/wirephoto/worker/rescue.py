"""What dead workers held goes back into the queue; a loop of its own, outside that queue."""

import procrastinate
import structlog

from wirephoto.db import chunks, deliveries, pool, workers
from wirephoto.pipeline import queue

log = structlog.get_logger(__name__)


async def rescue(database: pool.Pool) -> None:
    """Requeue tasks whose worker has no heartbeat."""
    async with database.connection() as connection:
        requeued = await workers.rescue(connection)
    if requeued:
        log.warning("tasks_rescued", tasks=requeued)


async def tidy(database: pool.Pool, app: procrastinate.App) -> None:
    """Queue what no task stands for, and let nobody starve."""
    async with database.connection() as connection, connection.transaction():
        if not await workers.may_tidy(connection):
            return
        await chunks.raise_starving(connection, queue.CHUNK_TASK)
        stray = await chunks.stray(connection, queue.CHUNK_TASK)
        await queue.defer_chunks(app, connection, stray)
        lost = await deliveries.stray(connection, queue.DELIVERY_TASK)
        await queue.defer_deliveries(app, connection, lost)
    if stray or lost:
        log.warning("strays_queued", chunks=len(stray), deliveries=len(lost))
