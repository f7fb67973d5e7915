"""Write what a part of a chunk learned, in one short transaction behind the chunk's fence."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import procrastinate
import structlog

from wirephoto.db import blobs, chunks, entries, parts, pool, results
from wirephoto.metrics import families
from wirephoto.pipeline import catalogue, finish, queue
from wirephoto.pipeline.steps import keep, outcomes

log = structlog.get_logger(__name__)
_SAME_TIME = 0.25  # images due within a quarter of each other's delay come back as one chunk
_TRIES = 5  # of a part whose new pairs others make in the same moment


class LookFirst(Exception):
    """Not all is as it was taken to be; nothing was written."""


async def settle(
    database: pool.Pool, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    """Commit a part: entries, final rows, counters; with the last one later chunks.

    Returns:
        what the next part is to bring along of images that come back; None for a stale worker,
        who has written nothing.
    """
    begun = time.monotonic()
    left = await _settle(database, app, work, kept)
    families.STAGE.observe(time.monotonic() - begun, "commit")
    if left is not None:
        for (state, code), count in Counter(
            (row.state, row.code or "") for row in kept.rows
        ).items():
            families.IMAGES.add(state, code, by=count)
        finish.tell(kept.ended)
    return left


async def _settle(
    database: pool.Pool, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    """At once, where no pair had an entry when the chunk was claimed; else after a look at them."""
    if is_unseen(kept):
        with contextlib.suppress(LookFirst, parts.MadeMeanwhile, pool.DEADLOCK):
            async with database.connection() as connection, _transaction(connection, work, kept):
                return await write_at_once(connection, app, work, kept)
    for _ in range(_TRIES - 1):
        with contextlib.suppress(parts.MadeMeanwhile):
            return await _write_after_look(database, app, work, kept)
    return await _write_after_look(database, app, work, kept)


def is_unseen(kept: keep.Kept) -> bool:
    """Whether no pair had an entry when the chunk was claimed."""
    return all(one.asset is not None and one.known_key is None for one in kept.arrivals)


def _transaction(
    connection: pool.Connection, work: outcomes.Work, kept: keep.Kept
) -> AbstractAsyncContextManager[object]:
    """A single statement is a transaction by itself; none may follow it then."""
    follows = work.job.calls or (kept.is_last and kept.again)
    return connection.transaction() if follows else contextlib.nullcontext()


async def write_at_once(
    connection: pool.Connection, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    """Write what is new in one statement, as ``settle`` answers; begin anew where it raises.

    Raises:
        LookFirst, parts.MadeMeanwhile: something is not as it was taken to be, and a look is due.
    """
    catalogued = catalogue.unseen(_pairs(work), work.job.update_policy, kept.arrivals)
    part = _part(kept, catalogued, kept.records, _wanted(kept))
    return await _write(connection, app, work, kept, part, kept.again)


async def _write_after_look(
    database: pool.Pool, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    return await pool.transact(
        database, lambda connection: look_and_write(connection, app, work, kept)
    )


async def look_and_write(
    connection: pool.Connection, app: procrastinate.App, work: outcomes.Work, kept: keep.Kept
) -> list[outcomes.Again] | None:
    """Lock pictures and entries first, and decide by what is there; in the caller's transaction."""
    if not await chunks.fence(connection, work.chunk):
        _tell_fenced(work)
        return None
    arrivals, gone = await _hold(connection, kept)
    catalogued = await catalogue.catalogue(
        connection, _pairs(work), work.job.update_policy, arrivals
    )
    await blobs.let_go(connection, catalogued.replaced)
    changed = [outcomes.Again(image, 0.0) for image in _at(work, catalogued.changed)]
    removed = [keep.being_deleted(work, image) for image in _at(work, gone)]
    part = _part(kept, catalogued, _of_held(kept, gone))
    return await _write(connection, app, work, kept, part, kept.again + changed + removed)


async def _write(
    connection: pool.Connection,
    app: procrastinate.App,
    work: outcomes.Work,
    kept: keep.Kept,
    part: parts.Part,
    again: list[outcomes.Again],
) -> list[outcomes.Again] | None:
    answer = await parts.settle(connection, work.chunk, work.job, part)
    if not answer.fenced:
        _tell_fenced(work)
        return None
    if not answer.written:
        raise LookFirst
    kept.rows = part.rows
    if kept.is_last:
        await _come_back(connection, app, work, again)
    kept.ended = await finish.call(connection, answer.counted)
    return [] if kept.is_last else again


def _tell_fenced(work: outcomes.Work) -> None:
    log.warning("fenced", attempt=work.chunk.attempt)


async def _come_back(
    connection: pool.Connection,
    app: procrastinate.App,
    work: outcomes.Work,
    again: Sequence[outcomes.Again],
) -> None:
    for later in _later(work, again):
        made, due = await chunks.insert_later(connection, work.job.id, later)
        await queue.defer_chunks(app, connection, [(made, later.number)], due=due)


def _pairs(work: outcomes.Work) -> entries.Pairs:
    return entries.Pairs(work.job.project_id, work.job.system_name, work.job.rank, work.job.id)


def _part(
    kept: keep.Kept,
    catalogued: catalogue.Catalogued,
    records: Mapping[str, bytes],
    held: Sequence[str] = (),
) -> parts.Part:
    """``held``: pictures that its statement is to hold, where nobody did so before."""
    rows = catalogued.rows + [_failed_row(failed) for failed in kept.failed]
    return parts.Part(
        rows=rows,
        new=catalogued.new,
        held=held,
        put=kept.put,
        reserved_at=kept.reserved_at,
        records=records,
        written=[row.entry_id for row in rows if row.state == "success" and row.entry_id],
        closes=kept.is_last,
    )


def _wanted(kept: keep.Kept) -> list[str]:
    """Keys of pictures that entries are to refer to."""
    return sorted({arrival.asset.key for arrival in kept.arrivals if arrival.asset})


async def _hold(
    connection: pool.Connection, kept: keep.Kept
) -> tuple[list[catalogue.Arrival], list[int]]:
    """Arrivals whose bytes are there and stay there, and positions of those whose are not.

    The collector may have removed them, where this worker stood still for long.
    """
    wanted = _wanted(kept)
    held: set[str] = set()
    if wanted and kept.reserved_at is not None:
        held = await blobs.hold(connection, wanted, kept.put, kept.reserved_at)
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
