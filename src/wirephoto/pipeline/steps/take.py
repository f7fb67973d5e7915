"""Claim a chunk, raise its fence, and load what its images are to become."""

import time
from collections.abc import Sequence
from typing import Any

import procrastinate
import structlog

from wirephoto import errors
from wirephoto.db import chunks, pool, records, uploads
from wirephoto.metrics import families
from wirephoto.pipeline import finish, queue, uploaded
from wirephoto.pipeline.steps import outcomes, sift
from wirephoto.project import config

WEARS_AFTER = 3  # claims of a chunk that never ended: then its images go one by one
GIVES_UP_AFTER = 6  # claims of a single image that never ended: then it fails

log = structlog.get_logger(__name__)
_rules: dict[int, config.ProjectSnapshot] = {}


async def claim(database: pool.Pool, chunk_id: int) -> chunks.Claimed | None:
    """The chunk, its fence raised; None when its work is done already."""
    begun = time.monotonic()
    async with database.connection() as connection:
        claimed = await chunks.claim(connection, chunk_id, wears_after=WEARS_AFTER)
    if claimed is not None:
        families.STAGE.observe(time.monotonic() - begun, "take")
    return claimed


async def take(
    database: pool.Pool, app: procrastinate.App, claimed: chunks.Claimed
) -> outcomes.Work | None:
    """What a claimed chunk is to bring; None when it brings nothing any more.

    Most often all of it is known: the database is asked for what is rare.
    """
    chunk, job = claimed.chunk, claimed.job
    worn = chunk.attempt > WEARS_AFTER and len(chunk.positions) > 1
    if worn or job is None or chunk.sift:
        async with database.connection() as connection:
            if worn:
                await _split(connection, app, chunk)
            elif job is None:
                await chunks.close(connection, chunk)
            else:
                await sift.sift_chunk(connection, app, chunk, job)
        return None
    rules = await _rules_of(database, job)
    if rules is None:
        return None
    known = await _known(database, rules, claimed.images)
    sent = await _uploads(database, job.project_id, claimed.images)
    return outcomes.Work(chunk, job, rules, claimed.images, known, sent)


async def _known(
    database: pool.Pool, rules: config.ProjectSnapshot, images: Sequence[chunks.Image]
) -> dict[str, dict[str, Any]]:
    """Embedded fields of assets that may turn out to be unchanged, where any is mapped."""
    keys = [one.asset_key for one in images if one.asset_key]
    if not keys or not any(one.exif_mappings for one in rules.media_types.values()):
        return {}
    async with database.connection() as connection:
        return await records.fields(connection, keys)


async def _uploads(
    database: pool.Pool, project: int, images: Sequence[chunks.Image]
) -> dict[str, str]:
    """Where the bytes lie that clients sent themselves, by the images' URLs."""
    named = [digest for one in images if (digest := uploaded.digest(one.url))]
    if not named:
        return {}
    async with database.connection() as connection:
        found = await uploads.of_chunk(connection, project, named)
    return {uploaded.name(digest): key for digest, key in found.items()}


async def _split(connection: pool.Connection, app: procrastinate.App, chunk: chunks.Chunk) -> None:
    """Give each image a chunk of its own: one of them stops its worker, others need not wait."""
    log.warning("chunk_split", claims=chunk.attempt)
    async with connection.transaction():
        if not await chunks.fence(connection, chunk):
            return
        for position in chunk.positions:
            later = chunks.Later(chunk.number, [position], chunk.tries, 0.0, chunk.waited)
            made, due = await chunks.insert_later(connection, chunk.job_id, later)
            await queue.defer_chunks(app, connection, [(made, chunk.number)], due=due)
        await chunks.close(connection, chunk)


async def _rules_of(database: pool.Pool, job: chunks.Job) -> config.ProjectSnapshot | None:
    """The project's rules as they were; a job whose rules cannot be read is broken off."""
    if job.snapshot_id not in _rules:
        async with database.connection() as connection:
            content = await chunks.snapshot(connection, job.snapshot_id)
            try:
                _rules[job.snapshot_id] = config.restore(content)
            except (errors.SettingError, ValueError, LookupError, TypeError) as unreadable:
                log.error("job_broken_off", problem=str(unreadable))  # noqa: TRY400 - it says it
                async with connection.transaction():
                    ended = await finish.break_off(connection, job.id)
                finish.tell(ended)
                return None
    return _rules[job.snapshot_id]
