"""What is really in storage under a key that a caller names: looked at, read, inspected.

A project may name what it has already, and what lies under no project's name. What is another
project's is not there.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wirephoto import errors, model
from wirephoto.db import blobs, descriptions, edits, pool, records
from wirephoto.library import claim
from wirephoto.pipeline.embedded import record
from wirephoto.pipeline.fetch import spool
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection import verdict
from wirephoto.pipeline.storage import keys, store

_MEMORY_BYTES = 262_144
_AT_ONCE = asyncio.Semaphore(4)  # objects that one process reads side by side
_SAME_TYPE = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}
_NOT_THERE = "is not in storage"
_UNCLEAN = (
    "is an SVG that no import has cleaned: only an SVG that an import has stored can be named"
)


class Unusable(errors.WirephotoError):
    """The object is not there, or not what was said of it; ``field`` of the asset, and why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Limits:
    """``folder`` takes large objects while they are looked at."""

    max_bytes: int
    inspecting: inspection.Limits
    folder: Path


@dataclass(frozen=True, slots=True)
class Place:
    """A project's part of storage."""

    database: pool.Pool
    store: store.Store
    project: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Object:
    """A picture in storage; sizes in bytes and pixels. ``sha256`` is None: it has a row already.

    ``fields`` are those that it carries; ``record`` is all of that, where it was just read.
    """

    key: str
    size: int
    mime_type: str
    width: int
    height: int
    sha256: bytes | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    record: bytes | None = None


async def look(place: Place, asset: claim.Asset) -> Object:
    """The object that an asset names, which is what is said of it.

    Raises:
        Unusable: it is not.
        errors.Unavailable: storage could not say.
    """
    found = await _known(place, asset.key)
    if found is None:
        async with _AT_ONCE:
            found = await _read(place, asset.key)
    _compare(asset, found)
    return found


async def refer(connection: pool.Connection, project: int, found: Object) -> bool:
    """Keep it for the caller's transaction, which refers to it; whether it is revoked.

    Raises:
        Unusable: it went meanwhile.
    """
    if found.sha256 is not None:
        blob = blobs.Blob(found.key, found.size, found.mime_type, found.sha256)
        await blobs.register(connection, project, blob)
        await descriptions.note(connection, [found.key])
        await records.keep(connection, {found.key: found.record} if found.record else {})
    revoked = await blobs.refer(connection, project, found.key)
    if revoked is None:
        raise Unusable("key", _NOT_THERE)
    return revoked


async def _known(place: Place, key: str) -> Object | None:
    """What the tables say of it; None: they say nothing, or not how large it is."""
    if not keys.is_key(key) or keys.is_own_matter(key):
        raise Unusable("key", _NOT_THERE)
    async with place.database.connection() as connection:
        known = await blobs.known(connection, key)
        owner = await blobs.owner(connection, key)
        size = await edits.size_of(connection, key)
        told = (await records.fields(connection, [key])).get(key, {})
    if owner not in {None, place.project} or (known and known.project != place.project):
        raise Unusable("key", _NOT_THERE)
    if known is None:
        return None
    if known.state != "stored":
        raise Unusable("key", "is just being stored or removed; try again in a moment")
    return Object(key, known.size, known.mime_type, *size, None, told) if size else None


async def _read(place: Place, key: str) -> Object:
    try:
        size = await place.store.head(key)
        if size is None:
            raise Unusable("key", _NOT_THERE)
        _bound(size, place.limits)
        body = await _body(place, key)
    except store.Missing:
        raise Unusable("key", _NOT_THERE) from None
    except errors.StorageFailed as failure:
        details = {"storage": failure.reason}
        raise errors.Unavailable(details, headers={"Retry-After": "5"}) from None
    try:
        picture, told = await asyncio.to_thread(_inspect, body, place.limits)
    finally:
        if body.path is not None:
            await asyncio.to_thread(body.path.unlink, missing_ok=True)
    return Object(
        key,
        body.size,
        picture.kind.mime_type,
        picture.width,
        picture.height,
        body.sha256,
        told.fields if told else {},
        told.record if told else None,
    )


def _bound(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise Unusable("key", f"has {size} bytes; at most {limits.max_bytes} are allowed")


async def _body(place: Place, key: str) -> model.Body:
    held = spool.Spool(place.limits.folder, _MEMORY_BYTES)
    parts = await place.store.read(key)
    return await spool.collect(parts, held, lambda size: _bound(size, place.limits))


def _inspect(body: model.Body, limits: Limits) -> tuple[model.Picture, model.Embedded | None]:
    """What it is, and what it says of itself."""
    try:
        found = verdict.inspect_body(body, limits.inspecting)
    except errors.PictureError as refused:
        raise Unusable("key", f"is no picture that is taken here: {refused.reason}") from None
    if isinstance(found, bytes):
        raise Unusable("key", _UNCLEAN)
    return found.picture, record.read_or_note(found.blocks)


def _compare(asset: claim.Asset, found: Object) -> None:
    """What was said is what is there. A picture may be said to lie on its side, as it is stored."""
    if asset.size is not None and asset.size != found.size:
        raise Unusable("size", f"is {asset.size}, but the object has {found.size} bytes")
    said = (asset.mimeType or found.mime_type).lower()
    if _SAME_TYPE.get(said, said) != found.mime_type:
        raise Unusable("mimeType", f"is {said[:100]}, but the object is {found.mime_type}")
    for size in ((found.width, found.height), (found.height, found.width)):
        if (asset.width, asset.height) in {size, (None, size[1]), (size[0], None), (None, None)}:
            return
    field = "width" if asset.width not in {None, found.width} else "height"
    real = f"the picture has {found.width} x {found.height} pixels"
    raise Unusable(field, f"is {getattr(asset, field)}, but {real}")
