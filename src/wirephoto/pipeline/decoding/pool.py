"""The parent's side: a picture's bytes to a child that decodes them."""

import asyncio
import os
from typing import TypeVar

import msgspec

from wirephoto import errors, model
from wirephoto.pipeline.apart import pool, refusal
from wirephoto.pipeline.decoding import message

_MEMORY_BYTES = 1024 * 1024 * 1024  # of address space; what is read whole takes 4 bytes a pixel
_MOST_BYTES = 100_000_000  # of a rendition
RENDERING = pool.Bounds(
    children=max(1, min(4, os.cpu_count() or 1)),
    memory_bytes=_MEMORY_BYTES,
    cpu_seconds=20,
    answer_seconds=40.0,
    niceness=10,  # whoever waits for it is served; an import goes first
)
DESCRIBING = pool.Bounds(
    children=1,
    memory_bytes=_MEMORY_BYTES,
    cpu_seconds=20,
    answer_seconds=300.0,  # all others go first
    niceness=19,
)
CHECKING = pool.Bounds(children=2, memory_bytes=_MEMORY_BYTES, cpu_seconds=20, answer_seconds=120.0)
_CHILD = "wirephoto.pipeline.decoding.child"
_ANSWERS: msgspec.json.Decoder[message.Answer] = msgspec.json.Decoder(message.Answer)
_Wanted = TypeVar("_Wanted", bound=msgspec.Struct)


class Decoders:
    """Children that decode; none before the first picture. Safe for many tasks of one loop."""

    def __init__(self, limits: pool.Bounds) -> None:
        self._children = pool.Pool(_CHILD, _ANSWERS, limits)
        self._turns = asyncio.Semaphore(limits.children)

    async def render(self, job: message.Render, data: bytes) -> tuple[message.Rendered, bytes]:
        """The picture as asked.

        Raises:
            errors.PictureError: it cannot be decoded, or not within the limits;
                ``errors.Internal``, transient: no child starts.
        """
        return await self._ask(job, data, message.Rendered)

    async def describe(self, job: message.Describe, data: bytes) -> message.Described:
        """What it looks like; raises as ``render``."""
        return (await self._ask(job, data, message.Described))[0]

    async def check(self, inspected: model.Inspected, max_pixels: int) -> None:
        """Whether all of it can be decoded; raises as ``render``.

        A body in a file is read when its turn has come: what waits is not in memory.
        """
        job = message.Check(inspected.picture.kind, max_pixels)
        async with self._turns:
            await self._ask(job, await _bytes(inspected.body), message.Whole)

    async def close(self) -> None:
        """End the children that wait for work; those at work end with their callers."""
        await self._children.close()

    async def _ask(
        self, job: message.Job, data: bytes, wanted: type[_Wanted]
    ) -> tuple[_Wanted, bytes]:
        try:
            answer, body = await self._children.ask(job, data, most=_MOST_BYTES)
        except pool.Died:
            raise errors.NotAnImage("a picture that stops whoever decodes it") from None
        except pool.Endless:
            raise errors.NotAnImage("a picture that takes too long to decode") from None
        if isinstance(answer, refusal.Refused):
            raise answer.error()
        if not isinstance(answer, wanted):
            raise errors.Internal("a child gave an answer to something else")
        return answer, body


async def _bytes(body: model.Body) -> bytes:
    if body.path is None:
        return body.data or b""
    try:
        return await asyncio.to_thread(body.path.read_bytes)
    except OSError:
        raise errors.StorageFailed("the temporary file cannot be read", transient=True) from None
