"""Put what is new into storage. Said before it is done, in a committed row, and done once."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wirephoto import errors, model
from wirephoto.db import blobs, chunks, jobs, pool, results
from wirephoto.metrics import families
from wirephoto.pipeline import catalogue
from wirephoto.pipeline.fetch import retry
from wirephoto.pipeline.steps import means, outcomes
from wirephoto.pipeline.storage import keys, store

_BEING_DELETED_SECONDS = 2.0
_LOOK_SECONDS = 10.0
_RNG = random.SystemRandom()


@dataclass(slots=True)
class Kept:
    """What a part's transaction is to write; ``put`` are keys that storage holds since now.

    ``is_last``: it ends the chunk, and writes what comes back; that of earlier parts is in it.
    ``refused``: sizes of what storage did not take. ``reserved_at``: when it was said in the
    database what is to be put, by its clock. ``patience``: seconds that what was refused waits, all
    alike, or a chunk would fall apart. ``records``: what pictures say of themselves, by key.
    ``rows``: the final ones, as they were written; ``ended``: the job, if it ended with them.
    """

    arrivals: list[catalogue.Arrival] = field(default_factory=list)
    put: list[str] = field(default_factory=list)
    reserved_at: datetime | None = None
    failed: list[outcomes.Failed] = field(default_factory=list)
    again: list[outcomes.Again] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    patience: float = 0.0
    records: dict[str, bytes] = field(default_factory=dict)
    is_last: bool = True
    rows: Sequence[results.Result] = ()
    ended: jobs.Counted | None = None


async def keep(
    database: pool.Pool,
    storage: store.Store,
    work: outcomes.Work,
    arrived: outcomes.Arrived,
    limits: means.Limits,
) -> Kept:
    """Every picture that was brought, either in storage or with a reason to come back."""
    kept = Kept(
        failed=list(arrived.failed),
        again=list(arrived.again),
        patience=retry.patience(work.chunk.waited, rng=_RNG),
        is_last=arrived.is_last,
    )
    keyed = [(brought, _key(work, brought.inspected)) for brought in arrived.brought]
    bodies = {key: brought.inspected for brought, key in keyed if key and brought.inspected}
    reserved = await _reserve(database, work, bodies)
    stored, kept.reserved_at = reserved.stored, reserved.at
    put = await _put(
        storage, {key: body for key, body in bodies.items() if _is_due(work, stored.get(key))}
    )
    kept.refused = [bodies[key].body.size for key, failure in put.items() if failure]
    kept.put = [key for key, failure in put.items() if failure is None]
    for brought, key in keyed:
        _sort(work, brought, key, stored, put, kept, limits)
    kept.arrivals += [_left_alone(work, image) for image in arrived.left]
    return kept


def _is_due(work: outcomes.Work, stored: bool | None) -> bool:
    """Whether bytes are to be put: new ones; under ``always`` the old ones, too, which mends them.

    None: they are just being deleted.
    """
    return stored is False or (stored is True and work.job.update_policy == "always")


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
    begun = time.monotonic()
    put = dict(zip(bodies, await storage.put_all(items), strict=True))
    families.STAGE.observe(time.monotonic() - begun, "store")
    failures = sum(failure is not None for failure in put.values())
    families.STORAGE_ERRORS.add("put", by=failures)
    families.STORED.add(by=sum(bodies[key].body.size for key, failed in put.items() if not failed))
    return put


def _sort(
    work: outcomes.Work,
    brought: outcomes.Brought,
    key: str | None,
    stored: dict[str, bool],
    put: dict[str, errors.StorageFailed | None],
    kept: Kept,
    limits: means.Limits,
) -> None:
    image = brought.wanted.image
    if brought.inspected is None or key is None:
        kept.arrivals.append(_arrival(work, brought, None))
        return
    failure = put.get(key)
    if key not in stored:
        kept.again.append(being_deleted(work, image))
    elif failure is None:
        if brought.record is not None:
            kept.records[key] = brought.record
        asset = catalogue.Asset(key, brought.inspected.body.size, brought.inspected.picture)
        kept.arrivals.append(_arrival(work, brought, asset))
    else:
        _wait(work, image, failure, kept, limits)


def put_off(work: outcomes.Work, failure: errors.StorageFailed, limits: means.Limits) -> Kept:
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
    limits: means.Limits,
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
    source = image.url if brought.asked else image.source_url
    return catalogue.Arrival(
        position=image.position,
        external_id=image.external_id,
        file_name=image.file_name,
        media_type=image.media_type,
        title=brought.wanted.title,
        metadata=brought.wanted.metadata,
        filled=brought.filled.values,
        left_out=brought.filled.left_out,
        asset=asset,
        known_key=image.asset_key,
        source_url=source,
        validators=brought.validators,
        version=catalogue.Version(
            image.checksum, brought.sha256.hex() if brought.sha256 else None, image.request_digest
        ),
        attempts=work.chunk.tries + (1 if brought.asked else 0),
    )


def _left_alone(work: outcomes.Work, image: chunks.Image) -> catalogue.Arrival:
    """Without an asset or a key that could be its entry's: it can be left alone, and no more."""
    return catalogue.Arrival(
        position=image.position,
        external_id=image.external_id,
        file_name=image.file_name,
        media_type=image.media_type,
        title=image.file_name,
        metadata={},
        filled={},
        left_out=(),
        asset=None,
        known_key=None,
        source_url=None,
        validators=model.Validators(),
        version=catalogue.Version(),
        attempts=work.chunk.tries,
    )
