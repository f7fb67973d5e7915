"""What a batch would become, image by image: all checks, nothing stored, nothing fetched."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from wirephoto import errors
from wirephoto.db import entries, pool
from wirephoto.net import addresses, urls
from wirephoto.pipeline.accept import batch, request
from wirephoto.project import config, media_types

_BLOCK_IMAGES = 1000
_ENCODER = msgspec.json.Encoder()
State = Literal["create", "update", "exists", "invalid"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one image would be; ``entry`` is the one that is there, ``failure`` why not."""

    image: request.Image
    state: State
    title: str
    entry: str | None = None
    failure: errors.PictureError | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A project and what its images are held to, and the guard for their addresses."""

    project: int
    rules: config.ProjectSnapshot
    guard: addresses.Rule


async def preview(database: pool.Pool, given: Rules, asked: batch.Batch) -> list[Foreseen]:
    """Every image of the batch, in its order, against the library as it is now."""
    found: list[Foreseen] = []
    duplicates = frozenset(asked.duplicates)
    for start in range(0, len(asked.images), _BLOCK_IMAGES):
        images = asked.images[start : start + _BLOCK_IMAGES]
        judged = await asyncio.to_thread(_judge, given, images, start, duplicates)
        candidates = [one for one in judged if isinstance(one, entries.Candidate)]
        async with database.connection() as connection:
            met = await entries.compare(connection, given.project, asked.system_name, candidates)
        by_position = {one.position: one for one in met}
        for position, image, one in zip(itertools.count(start), images, judged, strict=False):
            found.append(_foresee(image, one, by_position.get(position)))
    return found


def _judge(
    given: Rules, images: Sequence[request.Image], start: int, duplicates: frozenset[int]
) -> list[entries.Candidate | errors.PictureError]:
    return [
        errors.DuplicateId(batch.DUPLICATE_REASON)
        if position in duplicates
        else _candidate(given, image, position)
        for position, image in enumerate(images, start)
    ]


def _candidate(
    given: Rules, image: request.Image, position: int
) -> entries.Candidate | errors.PictureError:
    try:
        metadata, title = media_types.settle(
            given.rules.media_types, image.handle, image.metadata, file_name=image.fileName
        )
        addresses.check_url(urls.parse(image.url), given.guard)
    except errors.PictureError as failure:
        return failure.with_traceback(None)  # a trace keeps its frames
    text = _ENCODER.encode(metadata).decode()
    return entries.Candidate(position, image.id, image.handle, title, text, image.url)


def _foresee(
    image: request.Image,
    judged: entries.Candidate | errors.PictureError,
    met: entries.Met | None,
) -> Foreseen:
    if isinstance(judged, errors.PictureError):
        return Foreseen(image, "invalid", image.fileName, failure=judged)
    if met is None:
        return Foreseen(image, "create", judged.title)
    return Foreseen(image, "exists" if met.same else "update", judged.title, entry=met.entry)
