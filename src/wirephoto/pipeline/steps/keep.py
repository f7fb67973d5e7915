"""Put what is new into storage. Said before it is done, in a committed row, and done once."""

import random
from dataclasses import dataclass, field
from datetime import datetime

from wirephoto import errors, model
from wirephoto.db import blobs, chunks, pool
from wirephoto.pipeline import catalogue
from wirephoto.pipeline.fetch import retry
from wirephoto.pipeline.steps import bring, outcomes
from wirephoto.pipeline.storage import keys, store

_BEING_DELETED_SECONDS = 2.0
_LOOK_SECONDS = 10.0
_RNG = random.SystemRandom()


@dataclass(slots=True)
class Kept:
    """What the chunk's transaction is to write; ``put`` are keys that storage holds since now.

    ``refused``: sizes of what storage did not take. ``reserved_at``: when it was said in the
    database what is to be put, by its clock. ``patience``: seconds that what was refused waits, all
    alike, or a chunk would fall apart.
    """

    arrivals: list[catalogue.Arrival] = field(default_factory=list)
    put: list[str] = field(default_factory=list)
    reserved_at: datetime | None = None
    failed: list[outcomes.Failed] = field(default_factory=list)
    again: list[outcomes.Again] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    patience: float = 0.0


async def keep(
    database: pool.Pool,
    storage: store.Store,
    work: outcomes.Work,
    arrived: outcomes.Arrived,
    limits: bring.Limits,
) -> Kept:
    """Every picture that was brought, either in storage or with a reason to come back."""
    kept = Kept(
        failed=list(arrived.failed),
        again=list(arrived.again),
        patience=retry.patience(work.chunk.waited, rng=_RNG),
    )
    keyed = [(brought, _key(work, brought.inspected)) for brought in arrived.brought]
    bodies = {key: brought.inspected for brought, key in keyed if key and brought.inspected}
    reserved = await _reserve(database, work, bodies)
    stored, kept.reserved_at = reserved.stored, reserved.at
    put = await _put(
        storage, {key: body for key, body in bodies.items() if stored.get(key) is False}
    )
    kept.refused = [bodies[key].body.size for key, failure in put.items() if failure]
    kept.put = [key for key, failure in put.items() if failure is None]
    for brought, key in keyed:
        _sort(work, brought, key, stored, put, kept, limits)
    return kept


def _key(work: outcomes.Work, inspected: model.Inspected | None) -> str | None:
    """Where the bytes belong; contents that several images of the chunk share have one key."""
    if inspected is None:
        return None
    job = work.job
    return keys.asset_key(
        job.handle, job.storage_key, inspected.body.sha256, inspected.picture.kind
    )


async def _reserve(
    database: pool.Pool, work: outcomes.Work, bodies: dict[str, model.Inspected]
) -> blobs.Reserved:
    if not bodies:
        return blobs.Reserved()
    wanted = [
        blobs.Blob(key, one.body.size, one.picture.kind.mime_type, one.body.sha256)
        for key, one in sorted(bodies.items())
    ]
    async with database.connection() as connection:
        return await blobs.reserve(connection, work.job.project_id, wanted)


async def _put(
    storage: store.Store, bodies: dict[str, model.Inspected]
) -> dict[str, errors.StorageFailed | None]:
    if not bodies:
        return {}
    items = [(key, one.body, one.picture.kind.mime_type) for key, one in bodies.items()]
    return dict(zip(bodies, await storage.put_all(items), strict=True))


def _sort(
    work: outcomes.Work,
    brought: outcomes.Brought,
    key: str | None,
    stored: dict[str, bool],
    put: dict[str, errors.StorageFailed | None],
    kept: Kept,
    limits: bring.Limits,
) -> None:
    image = brought.wanted.image
    if brought.inspected is None or key is None:
        kept.arrivals.append(_arrival(work, brought, None))
        return
    failure = put.get(key)
    if key not in stored:
        kept.again.append(being_deleted(work, image))
    elif failure is None:
        asset = catalogue.Asset(key, brought.inspected.body.size, brought.inspected.picture)
        kept.arrivals.append(_arrival(work, brought, asset))
    else:
        _wait(work, image, failure, kept, limits)


def put_off(work: outcomes.Work, failure: errors.StorageFailed, limits: bring.Limits) -> Kept:
    """The whole chunk, unfetched: storage is away, and we look again soon."""
    kept = Kept(patience=_LOOK_SECONDS * _RNG.uniform(0.8, 1.2))
    for image in work.images:
        _wait(work, image, failure, kept, limits)
    return kept


def _wait(
    work: outcomes.Work,
    image: chunks.Image,
    failure: errors.StorageFailed,
    kept: Kept,
    limits: bring.Limits,
) -> None:
    """Storage that fails is waited for, at no cost; after that the picture has its tries left."""
    tries = work.chunk.tries + 1
    if (work.chunk.waited or 0.0) < limits.wait_seconds:
        kept.again.append(outcomes.Again(image, kept.patience, waits=True))
    elif tries < limits.tries:
        delay = retry.delay(tries, retry_after=None, rng=_RNG)
        kept.again.append(outcomes.Again(image, delay, counted=True))
    else:
        kept.failed.append(outcomes.Failed(image, failure, tries))


def being_deleted(work: outcomes.Work, image: chunks.Image) -> outcomes.Again:
    """An image whose bytes are being removed: a moment; longer where the remover has died."""
    patience = max(_BEING_DELETED_SECONDS, (work.chunk.waited or 0.0) / 2)
    return outcomes.Again(image, patience, waits=True)


def _arrival(
    work: outcomes.Work, brought: outcomes.Brought, asset: catalogue.Asset | None
) -> catalogue.Arrival:
    image = brought.wanted.image
    return catalogue.Arrival(
        position=image.position,
        external_id=image.external_id,
        file_name=image.file_name,
        media_type=image.media_type,
        title=brought.wanted.title,
        metadata=brought.wanted.metadata,
        asset=asset,
        known_key=image.asset_key,
        source_url=image.url,
        validators=brought.validators,
        attempts=work.chunk.tries + 1,
    )
