"""The worker's side: SVG read and cleaned in a child."""

import asyncio
import hashlib

import msgspec

from wirephoto import errors, model
from wirephoto.pipeline.apart import pool, refusal
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection.apart import message

BOUNDS = pool.Bounds(
    children=2,  # of one worker process
    memory_bytes=512 * 1024 * 1024,  # a drawing at every limit takes about 200
    cpu_seconds=10,  # a drawing at every limit takes up to nine
    answer_seconds=60.0,
)
_GROWTH = 8  # the most that cleaning may make of an SVG: indentation, escapes
_CHILD = "wirephoto.pipeline.inspection.apart.child"
_ANSWERS: msgspec.json.Decoder[message.Answer] = msgspec.json.Decoder(message.Answer)


class Pool:
    """Safe to use from many tasks of one loop."""

    def __init__(self, limits: pool.Bounds = BOUNDS) -> None:
        self._children = pool.Pool(_CHILD, _ANSWERS, limits)

    async def clean_svg(self, data: bytes, limits: bounds.Limits) -> model.Inspected:
        """The SVG read under limits and made safe.

        Raises:
            errors.PictureError: as ``cleaning`` and ``svg``; ``errors.UnsafeSvg`` where two
                children died of it or one came to no end; ``errors.Internal``, transient, where
                none starts.
        """
        job, most = message.Job("clean_svg", limits), _GROWTH * limits.max_svg_bytes
        try:
            answer, cleaned = await self._children.ask(job, data, most=most)
        except pool.Died:
            raise errors.UnsafeSvg("an SVG that stops whoever makes it safe") from None
        except pool.Endless:
            raise errors.UnsafeSvg("an SVG that takes too long to be made safe") from None
        if isinstance(answer, refusal.Refused):
            raise answer.error()
        cleaned, blocks = _apart(answer, cleaned)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(cleaned).digest())
        body = model.Body(digest, len(cleaned), data=cleaned)
        picture = model.Picture(model.Kind.SVG, answer.width, answer.height)
        return model.Inspected(picture, body, blocks)

    async def close(self) -> None:
        """End the children that wait for work; those at work end with their callers."""
        await self._children.close()


def _apart(answer: message.Cleaned, data: bytes) -> tuple[bytes, tuple[model.Block, ...]]:
    """The cleaned drawing, and the blocks behind it."""
    at = len(data) - sum(size for _, size in answer.blocks)
    if not answer.blocks or at < 0:
        return data, ()
    cleaned, blocks = data[:at], []
    for kind, size in answer.blocks:
        blocks.append(model.Block(kind, data[at : at + size]))
        at += size
    return cleaned, tuple(blocks)
