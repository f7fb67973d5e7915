"""What a worker does with a chunk: the contents page of the import path.

Each step can be repeated. What a part of a chunk learned is written in one transaction whose first
statement is the fence: a worker that lost its chunk meanwhile finds nothing to write.
"""

import asyncio
import contextlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import procrastinate
import structlog

from wirephoto import tracing
from wirephoto.db import chunks, pool
from wirephoto.pipeline.steps import bring, circuit, keep, means, outcomes, settle, take
from wirephoto.pipeline.storage import store


@dataclass(frozen=True, slots=True)
class Services:
    """What the path works with. ``stopping``: hand back what is not begun."""

    database: pool.Pool
    app: procrastinate.App
    origins: means.Origins
    store: store.Store
    circuit: circuit.Circuit
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def import_chunk(services: Services, chunk_id: int) -> None:
    """Bring a chunk's images into the library, as far as they come today.

    Returns when everything the chunk learned is committed: final rows, and later chunks for what
    comes back. Raises when the database or we ourselves fail: the queue then tries it again.
    """
    with structlog.contextvars.bound_contextvars(chunk=chunk_id):
        claimed = await take.claim(services.database, chunk_id)
        if claimed is not None:
            job = claimed.chunk.job
            with structlog.contextvars.bound_contextvars(job=job), _traced(claimed.chunk):
                await _import(services, claimed)


def _traced(chunk: chunks.Chunk) -> AbstractContextManager[object]:
    return tracing.chunk(
        chunk.traceparent,
        job=chunk.job or "",
        chunk=chunk.id,
        images=len(chunk.positions),
        attempt=chunk.attempt,
    )


async def _import(services: Services, claimed: chunks.Claimed) -> None:
    work = await take.take(services.database, services.app, claimed)
    if work is None:
        return
    away = await services.circuit.away()
    if away is None:
        await _import_in_parts(services, work)
    else:
        kept = keep.put_off(work, away, services.origins.limits)
        await settle.settle(services.database, services.app, work, kept)


async def _import_in_parts(services: Services, work: outcomes.Work) -> None:
    """Commit parts as they come. What comes back does so with the last, at once and together."""
    again: list[outcomes.Again] = []
    parts = bring.parts(work, services.origins, services.stopping)
    async with contextlib.aclosing(parts):
        async for arrived in parts:
            kept = await _keep(services, work, arrived)
            kept.again += again
            left = await settle.settle(services.database, services.app, work, kept)
            if left is None:
                return
            again = left


async def _keep(services: Services, work: outcomes.Work, arrived: outcomes.Arrived) -> keep.Kept:
    try:
        kept = await keep.keep(
            services.database, services.store, work, arrived, services.origins.limits
        )
    finally:
        await bring.discard(arrived)
    if kept.refused or arrived.unspooled:
        services.circuit.doubt(max(kept.refused, default=0))
    return kept
