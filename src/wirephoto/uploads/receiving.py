"""The bytes of an upload: counted and hashed as they come, and durable before it is said so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors, model
from wirephoto.db import pool, uploads
from wirephoto.pipeline.fetch import spool
from wirephoto.pipeline.storage import store
from wirephoto.uploads import signing

_MEMORY_BYTES = 262_144
_MIME_TYPE = "application/octet-stream"  # nobody has looked at them yet
_MOST_EXPIRES = 2**33


@dataclass(frozen=True, slots=True)
class Place:
    """``folder`` takes bytes on their way; ``hours`` that a whole upload waits."""

    database: pool.Pool
    store: store.Store
    folder: Path
    hours: int


async def find(place: Place, public_id: str, expires: int, signature: str) -> uploads.Upload:
    """The upload of an address.

    Raises:
        errors.Forbidden: we have signed no such address.
        errors.Gone: its time is over.
    """
    if "\0" in public_id or not 0 <= expires < _MOST_EXPIRES:
        raise _unsigned()
    async with place.database.connection() as connection:
        found = await uploads.find(connection, public_id, expires)
    if found is None or not signing.is_signed(found.secret, public_id, expires, signature):
        raise _unsigned()
    if not found.living:
        raise _over()
    return found


async def receive(place: Place, upload: uploads.Upload, parts: AsyncIterator[bytes]) -> None:
    """Take the bytes, which are no more than were announced; doing it again is harmless.

    Raises:
        errors.InvalidRequest: they are not those that were announced.
        errors.Gone: the time of the upload was over before they came.
        errors.Unavailable: they could not be stored.
    """
    try:
        held = spool.Spool(place.folder, _MEMORY_BYTES)
        body = await spool.collect(parts, held, lambda _: None)
        try:
            _compare(upload, body)
            await _keep(place, upload, body)
        finally:
            if body.path is not None:
                await asyncio.to_thread(body.path.unlink, missing_ok=True)
    except errors.StorageFailed as failure:
        raise errors.Unavailable(
            {"storage": failure.reason}, headers={"Retry-After": "5"}
        ) from None


def _compare(upload: uploads.Upload, body: model.Body) -> None:
    if body.size != upload.size:
        said = f"must be {upload.size} bytes, as announced (they are {body.size})"
        raise errors.InvalidRequest({"body": said})
    if body.sha256 != upload.sha256:
        said = f"their SHA-256 is {body.sha256.hex()}, not {upload.sha256.hex()}"
        raise errors.InvalidRequest({"body": said})


async def _keep(place: Place, upload: uploads.Upload, body: model.Body) -> None:
    async with place.database.connection() as connection:
        wanted = await uploads.begin_put(connection, upload.id)
    if wanted:
        (failure,) = await place.store.put_all([(upload.key, body, _MIME_TYPE)])
        if failure is not None:
            raise failure
        async with place.database.connection() as connection:
            if await uploads.end_put(connection, upload, place.hours):
                return
    async with place.database.connection() as connection:
        if await uploads.state(connection, upload.id) != "stored":
            raise _over()


def _unsigned() -> errors.Forbidden:
    return errors.Forbidden({"signature": "is none of ours for this upload"})


def _over() -> errors.Gone:
    return errors.Gone({"id": "The time of this upload is over. Announce it again."})
