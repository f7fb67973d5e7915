"""What dead workers held goes back into the queue; a loop of its own, outside that queue."""

import procrastinate
import structlog

from wirephoto.db import chunks, deliveries, keys, origins, pool, quota, workers
from wirephoto.pipeline import queue
from wirephoto.pipeline.webhook import pausing

log = structlog.get_logger(__name__)


async def rescue(database: pool.Pool) -> None:
    """Requeue tasks whose worker has no heartbeat."""
    async with database.connection() as connection:
        requeued = await workers.rescue(connection)
    if requeued:
        log.warning("tasks_rescued", tasks=requeued)


async def tidy(database: pool.Pool, app: procrastinate.App) -> None:
    """Queue what no task stands for, let nobody starve, forget what is over."""
    async with database.connection() as connection, connection.transaction():
        if not await workers.may_tidy(connection):
            return
        await chunks.raise_starving(connection, queue.CHUNK_TASK)
        stray = await chunks.stray(connection, queue.CHUNK_TASK)
        await queue.defer_chunks(app, connection, stray)
        await keys.forget(connection)
        await quota.forget(connection)
        await _tidy_deliveries(connection)
        await origins.tidy(connection)
    if stray:
        log.warning("strays_queued", chunks=len(stray))


async def _tidy_deliveries(connection: pool.Connection) -> None:
    """Those of an older release get their endpoint; a paused endpoint is tried once a day."""
    for delivery, project, webhook in await deliveries.without_endpoint(connection):
        await deliveries.adopt(connection, delivery, deliveries.Endpoint.of(project, webhook))
    if probed := await deliveries.probe(connection, pausing.PROBE_SECONDS):
        log.info("webhook_endpoints_probed", endpoints=probed)
