"""What dead workers held goes back into the queue; a loop of its own, outside that queue."""

import asyncio
from pathlib import Path

import procrastinate
import structlog

from wirephoto.db import changes, chunks, deliveries, keys, origins, places, pool, quota, workers
from wirephoto.metrics import families
from wirephoto.pipeline import queue
from wirephoto.pipeline.webhook import pausing

_CLOSED_SECONDS = 0.05  # in which the origins see the end of a dead process's connections

log = structlog.get_logger(__name__)


async def rescue(database: pool.Pool) -> None:
    """Requeue tasks whose worker has no heartbeat."""
    async with database.connection() as connection:
        requeued = await workers.rescue(connection)
    if requeued:
        families.RESCUED.add(by=requeued)
        log.warning("tasks_rescued", tasks=requeued)


async def take_over(database: pool.Pool, folder: Path) -> None:
    """Requeue what processes of this machine held that are dead, as their places tell."""
    for name in await asyncio.to_thread(places.known, folder):
        async with places.vacant(folder, name) as vacant:
            if vacant:
                await asyncio.sleep(_CLOSED_SECONDS)
                async with database.connection() as connection:
                    requeued = await workers.take_over(connection, name)
                await asyncio.to_thread(places.give_up, folder, name)
                families.RESCUED.add(by=requeued)
                log.warning("place_taken_over", tasks=requeued)


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


async def forget(database: pool.Pool, history_days: int) -> None:
    """Changes of entries are kept for so many days; 0 is for ever."""
    if history_days:
        async with database.connection() as connection:
            await changes.forget(connection, history_days)


async def _tidy_deliveries(connection: pool.Connection) -> None:
    """Those of an older release get their endpoint; a paused endpoint is tried once a day."""
    for delivery, project, webhook in await deliveries.without_endpoint(connection):
        await deliveries.adopt(connection, delivery, deliveries.Endpoint.of(project, webhook))
    if probed := await deliveries.probe(connection, pausing.PROBE_SECONDS):
        log.info("webhook_endpoints_probed", endpoints=probed)
