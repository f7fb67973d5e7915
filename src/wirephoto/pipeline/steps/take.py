"""Claim a chunk, raise its fence, and load what its images are to become."""

import procrastinate
import structlog

from wirephoto import errors
from wirephoto.db import chunks, pool
from wirephoto.pipeline import finish, queue
from wirephoto.pipeline.steps import outcomes
from wirephoto.project import config

WEARS_AFTER = 3  # claims of a chunk that never ended: then its images go one by one
GIVES_UP_AFTER = 6  # claims of a single image that never ended: then it fails

log = structlog.get_logger(__name__)
_rules: dict[int, config.ProjectSnapshot] = {}


async def take(database: pool.Pool, app: procrastinate.App, chunk_id: int) -> outcomes.Work | None:
    """The claimed work; None when there is nothing to do for this chunk any more."""
    async with database.connection() as connection:
        chunk = await chunks.claim(connection, chunk_id)
        if chunk is None:
            return None
        if chunk.attempt > WEARS_AFTER and len(chunk.positions) > 1:
            await _split(connection, app, chunk)
            return None
        job = await chunks.begin_job(connection, chunk.job_id)
        if job is None:
            await chunks.close(connection, chunk)
            return None
        rules = await _rules_of(connection, job)
        images = await chunks.images(connection, job, chunk.positions)
    return outcomes.Work(chunk, job, rules, images) if rules else None


async def _split(connection: pool.Connection, app: procrastinate.App, chunk: chunks.Chunk) -> None:
    """Give each image a chunk of its own: one of them stops its worker, others need not wait."""
    log.warning("chunk_split", chunk=chunk.id, claims=chunk.attempt)
    async with connection.transaction():
        if not await chunks.fence(connection, chunk):
            return
        for position in chunk.positions:
            later = chunks.Later(chunk.number, [position], chunk.tries, 0.0, chunk.waited)
            made, due = await chunks.insert_later(connection, chunk.job_id, later)
            await queue.defer_chunks(app, connection, [(made, chunk.number)], due=due)
        await chunks.close(connection, chunk)


async def _rules_of(connection: pool.Connection, job: chunks.Job) -> config.ProjectSnapshot | None:
    """The project's rules as they were; a job whose rules cannot be read is broken off."""
    if job.snapshot_id not in _rules:
        content = await chunks.snapshot(connection, job.snapshot_id)
        try:
            _rules[job.snapshot_id] = config.restore(content)
        except (errors.SettingError, ValueError, LookupError, TypeError) as unreadable:
            log.error("job_broken_off", job=job.id, problem=str(unreadable))  # noqa: TRY400 - the text says it
            async with connection.transaction():
                await finish.break_off(connection, job.id)
            return None
    return _rules[job.snapshot_id]
