"""The checks on a request as a whole: a batch that may be written, or every fault by its path."""

from dataclasses import dataclass, field

import msgspec

from wirephoto import errors, model
from wirephoto.pipeline import uploaded
from wirephoto.pipeline.accept import faults, request, rules

Limits = rules.Limits

DUPLICATE_REASON = "the id stands earlier in the same batch"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Batch:
    """A request that may be written. ``duplicates`` are positions whose id stood before.

    ``versioned``: some image has a checksum or a SHA-256. ``uploads`` are the digests of pictures
    that their client has sent itself, by position.
    """

    system_name: str
    webhook: str | None
    context: str | None
    images: list[request.Image]
    duplicates: list[int]
    update: model.Update
    versioned: bool
    uploads: dict[int, str] = field(default_factory=dict)


def read(body: bytes, limits: Limits) -> Batch:
    """Decode and check a body; takes a second for the largest, so off the event loop.

    Raises:
        errors.InvalidRequest: names each fault by its path, up to ``faults.MOST``.
        errors.BodyTooLarge: more images than one batch may hold.
    """
    body = body.removeprefix(_BOM)
    asked = _decode(body, limits)
    rules.count(len(asked.images), limits)
    if b"\\u0000" in body or not _is_right(asked, limits):
        found = faults.in_document(msgspec.to_builtins(asked), limits)
        if found:
            raise errors.InvalidRequest(found)
    uploads, images = _uploads(asked.images)
    return Batch(
        system_name=asked.systemName,
        webhook=asked.webhook or None,
        context=None if asked.context is None else msgspec.json.encode(asked.context).decode(),
        images=images,
        duplicates=_duplicates(asked.images),
        update=asked.update or "changed",
        versioned=any(image.checksum or image.sha256 for image in images),
        uploads=uploads,
    )


def _decode(body: bytes, limits: Limits) -> request.Request:
    try:
        return request.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as refused:
        found = faults.in_body(body, limits)
        raise errors.InvalidRequest(found or {"body": str(refused)}) from None


def _is_right(asked: request.Request, limits: Limits) -> bool:
    """Whether every rule holds: the short way, for the many requests without a fault.

    The decoder has refused unpaired surrogates and numbers that are out of range; U+0000 gets past
    it as an escape alone.
    """
    faulty = (
        rules.system_name(asked.systemName)
        or rules.webhook(asked.webhook or "", limits)
        or _is_unstorable(asked.context or {})
        or rules.context(asked.context or {}, limits)
        or any(map(_is_faulty, asked.images))
    )
    return not faulty


def _is_faulty(image: request.Image) -> bool:
    return bool(
        rules.url(image.url)
        or rules.external_id(image.id)
        or rules.file_name(image.fileName)
        or (image.checksum is not None and rules.checksum(image.checksum))
        or (image.sha256 is not None and rules.sha256(image.sha256))
        or (not rules.is_flat(image.metadata) and _is_unstorable(image.metadata))
    )


def _is_unstorable(value: dict[str, object]) -> bool:
    return next(rules.storable("", value), None) is not None


def _uploads(images: list[request.Image]) -> tuple[dict[int, str], list[request.Image]]:
    """Digests by position, and the images with what their bytes must be: the URL says it.

    Raises:
        errors.InvalidRequest: an image is said to have other bytes.
    """
    found = {
        position: image.url.removeprefix(uploaded.SCHEME)
        for position, image in enumerate(images)
        if image.url.startswith(uploaded.SCHEME)
    }
    if not found:
        return found, images
    wrong = {
        f"images.{position}.sha256": "is not that of the upload"
        for position, digest in found.items()
        if (images[position].sha256 or digest).lower() != digest
    }
    if wrong:
        raise errors.InvalidRequest(dict(list(wrong.items())[: faults.MOST]))
    named = list(images)
    for position, digest in found.items():
        named[position] = msgspec.structs.replace(images[position], sha256=digest)
    return found, named


def _duplicates(images: list[request.Image]) -> list[int]:
    seen: set[str] = set()
    repeated = []
    for position, image in enumerate(images):
        if image.id in seen:
            repeated.append(position)
        seen.add(image.id)
    return repeated
