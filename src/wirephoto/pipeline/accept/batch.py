"""The checks on a request as a whole: a batch that may be written, or every fault by its path."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from wirephoto import errors
from wirephoto.net import addresses, urls
from wirephoto.pipeline.accept import faults, request

DUPLICATE_REASON = "the id stands earlier in the same batch"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Limits:
    """``images`` in one batch, ``context_bytes`` of its context, and the guard for its webhook."""

    images: int
    context_bytes: int
    rule: addresses.Rule


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
    asked = _decode(body.removeprefix(_BOM), limits)
    if len(asked.images) > limits.images:
        raise _too_many(len(asked.images), limits)
    found = faults.first(_problems(asked, body, limits))
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
        found = faults.find(body, max_images=limits.images)
        raise errors.InvalidRequest(found or {"body": str(refused)}) from None


def _too_many(count: int, limits: Limits) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(
        {"images": f"must be at most {limits.images} in one batch (they are {count})"}
    )


def _problems(asked: request.Request, body: bytes, limits: Limits) -> Iterator[tuple[str, str]]:
    yield from _too_long("systemName", len(asked.systemName.encode()), request.SYSTEM_NAME_BYTES)
    yield from _in_webhook(asked.webhook, limits)
    yield from _in_context(asked, limits)
    if b"\\u0000" in body:
        for name, value in msgspec.to_builtins(asked).items():
            yield from faults.unstorable(name, value)
    for index, image in enumerate(asked.images):
        yield from _in_image(index, image)


def _in_webhook(webhook: str | None, limits: Limits) -> Iterator[tuple[str, str]]:
    if not webhook:
        return
    try:
        addresses.check_url(urls.parse(webhook), limits.rule)
    except errors.BadUrl as bad:
        yield "webhook", str(bad)
    except errors.BlockedAddress as blocked:
        yield "webhook", blocked.reason


def _in_context(asked: request.Request, limits: Limits) -> Iterator[tuple[str, str]]:
    if asked.context is not None:
        size = len(msgspec.json.encode(asked.context))
        if size > limits.context_bytes:
            yield "context", f"must be at most {limits.context_bytes} bytes as JSON (it has {size})"


def _in_image(index: int, image: request.Image) -> Iterator[tuple[str, str]]:
    try:
        urls.parse(image.url)
    except errors.BadUrl as bad:
        yield f"images.{index}.url", str(bad)
    if len(image.id) * 4 > request.ID_BYTES:
        yield from _too_long(f"images.{index}.id", len(image.id.encode()), request.ID_BYTES)
    if len(image.fileName) > request.FILE_NAME_CHARACTERS:
        yield (
            f"images.{index}.fileName",
            f"must be at most {request.FILE_NAME_CHARACTERS} characters"
            f" (it has {len(image.fileName)})",
        )


def _too_long(path: str, size: int, most: int) -> Iterator[tuple[str, str]]:
    if size > most:
        yield path, f"must be at most {most} bytes as UTF-8 (it has {size})"


def _duplicates(images: list[request.Image]) -> list[int]:
    seen: set[str] = set()
    repeated = []
    for position, image in enumerate(images):
        if image.id in seen:
            repeated.append(position)
        seen.add(image.id)
    return repeated
