"""Write what a chunk learned, in one short transaction behind its fence."""

from collections.abc import Iterable, Sequence

import procrastinate
import structlog

from wirephoto.db import blobs, chunks, entries, pool, results
from wirephoto.pipeline import catalogue, finish, queue
from wirephoto.pipeline.steps import keep, outcomes

log = structlog.get_logger(__name__)
_DEADLOCK_TRIES = 5
_SAME_TIME = 0.25  # images due within a quarter of each other's delay come back as one chunk


async def settle(
    database: pool.Pool, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> None:
    """Commit the chunk: entries, final rows, later chunks, counters; nothing for a stale worker."""
    for left in reversed(range(_DEADLOCK_TRIES)):
        try:
            async with database.connection() as connection, connection.transaction():
                await _write(connection, app, work, kept)
        except pool.DEADLOCK:
            if not left:
                raise
        else:
            return


async def _write(
    connection: pool.Connection, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> None:
    if not await chunks.fence(connection, work.chunk):
        log.warning("fenced", chunk=work.chunk.id, attempt=work.chunk.attempt, job=work.job.id)
        return
    arrivals, gone = await _hold(connection, kept)
    pairs = entries.Pairs(work.job.project_id, work.job.system_name, work.job.rank)
    catalogued = await catalogue.catalogue(connection, pairs, arrivals)
    await blobs.let_go(connection, catalogued.replaced)
    rows = catalogued.rows + [_failed_row(failed) for failed in kept.failed]
    settled = await results.insert(connection, work.job.id, rows)
    changed = [outcomes.Again(image, 0.0) for image in _at(work, catalogued.changed)]
    removed = [keep.being_deleted(work, image) for image in _at(work, gone)]
    for later in _later(work, kept.again + changed + removed):
        made, due = await chunks.insert_later(connection, work.job.id, later)
        await queue.defer_chunks(app, connection, [(made, later.number)], due=due)
    await chunks.close(connection, work.chunk)
    await finish.finish(connection, work.job.id, settled)


async def _hold(
    connection: pool.Connection, kept: keep.Kept
) -> tuple[list[catalogue.Arrival], list[int]]:
    """Arrivals whose bytes are there and stay there, and positions of those whose are not.

    The collector may have removed them, where this worker stood still for long.
    """
    wanted = {arrival.asset.key for arrival in kept.arrivals if arrival.asset}
    held: set[str] = set()
    if wanted and kept.reserved_at is not None:
        held = await blobs.hold(connection, sorted(wanted), kept.put, kept.reserved_at)
    gone = [one.position for one in kept.arrivals if one.asset and one.asset.key not in held]
    return [one for one in kept.arrivals if one.position not in set(gone)], gone


def _at(work: outcomes.Work, positions: Iterable[int]) -> list[chunks.Image]:
    wanted = set(positions)
    return [image for image in work.images if image.position in wanted]


def _failed_row(failed: outcomes.Failed) -> results.Result:
    return results.Result(
        position=failed.image.position,
        state="failed",
        attempts=failed.attempts,
        title=failed.image.file_name,
        code=failed.error.code,
        reason=failed.error.reason,
        retryable=failed.error.transient,
        http_status=failed.error.http_status,
    )


def _later(work: outcomes.Work, again: Iterable[outcomes.Again]) -> list[chunks.Later]:
    """Later chunks: images of the same sort that are due at about the same time go together."""
    groups: list[list[outcomes.Again]] = []
    for one in sorted(again, key=lambda one: (one.counted, one.waits, one.delay)):
        if groups and _belongs(groups[-1][0], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_as_later(work, group) for group in groups]


def _belongs(first: outcomes.Again, one: outcomes.Again) -> bool:
    same_sort = (first.counted, first.waits) == (one.counted, one.waits)
    return same_sort and one.delay <= first.delay * (1 + _SAME_TIME)


def _as_later(work: outcomes.Work, group: Sequence[outcomes.Again]) -> chunks.Later:
    """The last of the group says when: nobody comes back before an origin allowed it."""
    last = group[-1]
    waited = work.chunk.waited if work.chunk.waited is not None or not last.waits else 0.0
    return chunks.Later(
        number=work.chunk.number,
        positions=[one.image.position for one in group],
        tries=work.chunk.tries + (1 if last.counted else 0),
        delay=last.delay,
        waited=waited,
    )
