"""What a batch would become, image by image: all checks, nothing stored, nothing fetched.

Whether an upload is there is not looked at: it may be asked before a picture is sent.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from wirephoto import errors, model
from wirephoto.db import entries, pool
from wirephoto.net import addresses, urls
from wirephoto.pipeline import uploaded
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
class _Judged:
    """An image before its entry is looked for; ``failure``: it could not be imported."""

    candidate: entries.Candidate
    failure: errors.PictureError | None


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
        candidates = [one.candidate for one in judged]
        async with database.connection() as connection:
            there = await entries.compare(connection, given.project, asked.system_name, candidates)
        by_position = {one.position: one for one in there}
        for position, image, one in zip(itertools.count(start), images, judged, strict=False):
            met = None if position in duplicates else by_position.get(position)
            found.append(_foresee(asked.update, image, one, met))
    return found


def _judge(
    given: Rules, images: Sequence[request.Image], start: int, duplicates: frozenset[int]
) -> list[_Judged]:
    return [
        _refused(image, position, errors.DuplicateId(batch.DUPLICATE_REASON))
        if position in duplicates
        else _judged(given, image, position)
        for position, image in enumerate(images, start)
    ]


def _judged(given: Rules, image: request.Image, position: int) -> _Judged:
    try:
        metadata, title = media_types.settle(
            given.rules.media_types, image.handle, image.metadata, file_name=image.fileName
        )
        if uploaded.digest(image.url) is None:
            addresses.check_url(urls.parse(image.url), given.guard)
    except errors.PictureError as failure:
        return _refused(image, position, failure.with_traceback(None))  # a trace keeps its frames
    text = _ENCODER.encode(metadata).decode()
    return _Judged(
        entries.Candidate(position, image.id, image.handle, title, text, image.url), None
    )


def _refused(image: request.Image, position: int, failure: errors.PictureError) -> _Judged:
    """Its entry may be one that is left alone: then nothing of the image is looked at."""
    candidate = entries.Candidate(position, image.id, image.handle, image.fileName, "{}", image.url)
    return _Judged(candidate, failure)


def _foresee(
    policy: model.Update, image: request.Image, judged: _Judged, met: entries.Met | None
) -> Foreseen:
    title = judged.candidate.title
    if met is not None and _is_left_alone(policy, met):
        return Foreseen(image, "exists", title, entry=met.entry)
    if judged.failure is not None:
        return Foreseen(image, "invalid", title, failure=judged.failure)
    if met is None:
        return Foreseen(image, "create", title)
    same = policy != "always" and met.same and _is_same_picture(image, met)
    return Foreseen(image, "exists" if same else "update", title, entry=met.entry)


def _is_left_alone(policy: model.Update, met: entries.Met) -> bool:
    return policy == "never" or (policy == "untouched" and met.edited)


def _is_same_picture(image: request.Image, met: entries.Met) -> bool:
    """As far as is known without a request: by digest, by the caller's version, else by the URL."""
    if image.sha256 and met.sha256:
        return image.sha256.lower() == met.sha256
    if image.checksum and met.checksum:
        return image.checksum == met.checksum
    return met.same_url
