"""The checks on a request as a whole: a batch that may be written, or every fault by its path."""

from dataclasses import dataclass

import msgspec

from wirephoto import errors
from wirephoto.pipeline.accept import faults, request, rules

Limits = rules.Limits

DUPLICATE_REASON = "the id stands earlier in the same batch"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Batch:
    """A request that may be written. ``duplicates`` are positions whose id stood before."""

    system_name: str
    webhook: str | None
    context: str | None
    images: list[request.Image]
    duplicates: list[int]


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
    return Batch(
        system_name=asked.systemName,
        webhook=asked.webhook or None,
        context=None if asked.context is None else msgspec.json.encode(asked.context).decode(),
        images=asked.images,
        duplicates=_duplicates(asked.images),
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
        or (not rules.is_flat(image.metadata) and _is_unstorable(image.metadata))
    )


def _is_unstorable(value: dict[str, object]) -> bool:
    return next(rules.storable("", value), None) is not None


def _duplicates(images: list[request.Image]) -> list[int]:
    seen: set[str] = set()
    repeated = []
    for position, image in enumerate(images):
        if image.id in seen:
            repeated.append(position)
        seen.add(image.id)
    return repeated
