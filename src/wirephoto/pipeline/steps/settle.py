"""Write what a part of a chunk learned, in one short transaction behind the chunk's fence."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence

import procrastinate
import structlog

from wirephoto.db import blobs, chunks, entries, pool, records, results
from wirephoto.metrics import families
from wirephoto.pipeline import catalogue, finish, queue
from wirephoto.pipeline.steps import keep, outcomes

log = structlog.get_logger(__name__)
_SAME_TIME = 0.25  # images due within a quarter of each other's delay come back as one chunk


async def settle(
    database: pool.Pool, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    """Commit a part: entries, final rows, counters; with the last one later chunks.

    Returns:
        what the next part is to bring along of images that come back; None for a stale worker,
        who has written nothing.
    """
    begun = time.monotonic()
    left = await pool.transact(database, lambda connection: _write(connection, app, work, kept))
    families.STAGE.observe(time.monotonic() - begun, "commit")
    if left is not None:
        for (state, code), count in Counter(
            (row.state, row.code or "") for row in kept.rows
        ).items():
            families.IMAGES.add(state, code, by=count)
        finish.tell(kept.ended)
    return left


async def _write(
    connection: pool.Connection, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    if not await chunks.fence(connection, work.chunk):
        log.warning("fenced", attempt=work.chunk.attempt)
        return None
    arrivals, gone = await _hold(connection, kept)
    pairs = entries.Pairs(work.job.project_id, work.job.system_name, work.job.rank, work.job.id)
    catalogued = await catalogue.catalogue(connection, pairs, work.job.update_policy, arrivals)
    await blobs.let_go(connection, catalogued.replaced)
    await records.keep(connection, _of_held(kept, gone))
    rows = catalogued.rows + [_failed_row(failed) for failed in kept.failed]
    kept.rows = rows
    changed = [outcomes.Again(image, 0.0) for image in _at(work, catalogued.changed)]
    removed = [keep.being_deleted(work, image) for image in _at(work, gone)]
    again = kept.again + changed + removed
    if kept.is_last:
        await _end(connection, app, work, again)
    written = [row.entry_id for row in rows if row.state == "success" and row.entry_id]
    kept.ended = await finish.settle(
        connection,
        results.Settled(work.job.id, work.job.project_id, rows, kept.put, written),
    )
    return [] if kept.is_last else again


async def _end(
    connection: pool.Connection,
    app: procrastinate.App,
    work: outcomes.Work,
    again: Sequence[outcomes.Again],
) -> None:
    for later in _later(work, again):
        made, due = await chunks.insert_later(connection, work.job.id, later)
        await queue.defer_chunks(app, connection, [(made, later.number)], due=due)
    await chunks.close(connection, work.chunk)


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


def _of_held(kept: keep.Kept, gone: Sequence[int]) -> dict[str, bytes]:
    """Records of the pictures that stay."""
    lost = {one.asset.key for one in kept.arrivals if one.asset and one.position in set(gone)}
    return {key: record for key, record in kept.records.items() if key not in lost}


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
