"""What a worker does with a chunk: the contents page of the import path.

Each step can be repeated. What a chunk learned is written in one transaction whose first statement
is the fence: a worker that lost its chunk meanwhile finds nothing to write.
"""

import asyncio
from dataclasses import dataclass, field

import procrastinate

from wirephoto.db import pool
from wirephoto.pipeline.steps import bring, circuit, keep, outcomes, settle, take
from wirephoto.pipeline.storage import store


@dataclass(frozen=True, slots=True)
class Services:
    """What the path works with. ``stopping``: hand back what is not begun."""

    database: pool.Pool
    app: procrastinate.App
    origins: bring.Origins
    store: store.Store
    circuit: circuit.Circuit
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def import_chunk(services: Services, chunk_id: int) -> None:
    """Bring a chunk's images into the library, as far as they come today.

    Returns when everything the chunk learned is committed: final rows, and later chunks for what
    comes back. Raises when the database or we ourselves fail: the queue then tries it again.
    """
    work = await take.take(services.database, services.app, chunk_id)
    if work is None:
        return
    away = await services.circuit.away()
    if away is None:
        kept = await _bring_and_keep(services, work)
    else:
        kept = keep.put_off(work, away, services.origins.limits)
    await settle.settle(services.database, services.app, work, kept)


async def _bring_and_keep(services: Services, work: outcomes.Work) -> keep.Kept:
    arrived = await bring.bring(work, services.origins, services.stopping)
    try:
        kept = await keep.keep(
            services.database, services.store, work, arrived, services.origins.limits
        )
    finally:
        await bring.discard(arrived)
    if kept.refused or arrived.unspooled:
        services.circuit.doubt(max(kept.refused, default=0))
    return kept
