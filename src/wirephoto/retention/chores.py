"""What the workers remove by themselves, where a period is set: one of them at a time."""

import structlog

from wirephoto.db import pool, retention
from wirephoto.pipeline.storage import store
from wirephoto.retention import removal

_JOBS_SECONDS = 25.0  # a piece of 50,000 images every time: over a hundred million a day
_UPLOADS_SECONDS = 4.0
_PICTURES_SECONDS = 6 * 3600.0  # they are all looked at

log = structlog.get_logger(__name__)


async def remove_jobs(database: pool.Pool, storage: store.Store, periods: removal.Periods) -> None:
    if periods.job_days and await _is_mine(database, "jobs", _JOBS_SECONDS):
        removed = await removal.Removal(database, storage).some_jobs(periods.job_days)
        if removed.jobs:
            log.info("jobs_removed", jobs=removed.jobs, images=removed.images)


async def remove_pictures(
    database: pool.Pool, storage: store.Store, periods: removal.Periods
) -> None:
    if periods.picture_days and await _is_mine(database, "pictures", _PICTURES_SECONDS):
        removed = await removal.Removal(database, storage).pictures(periods.picture_days)
        log.info("pictures_removed", pictures=removed.pictures)


async def remove_uploads(database: pool.Pool, storage: store.Store) -> None:
    """Whatever is set: they are bytes that are in the library, or that nobody imported in time."""
    if await _is_mine(database, "uploads", _UPLOADS_SECONDS):
        removed = await removal.Removal(database, storage).uploads()
        if removed:
            log.info("uploads_removed", uploads=removed)


async def _is_mine(database: pool.Pool, name: str, seconds: float) -> bool:
    async with database.connection() as connection:
        return await retention.begin_chore(connection, name, seconds)
