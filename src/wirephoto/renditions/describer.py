"""Describes pictures that are new: later, one at a time, with what processor nobody else wants."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from wirephoto import errors, model
from wirephoto.db import blobs, descriptions, pool
from wirephoto.pipeline.decoding import message
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.storage import store

TRIES = 5  # at a claim: after that its pictures stay undescribed
_AWAY_SECONDS = 60.0

_T = TypeVar("_T")
log = structlog.get_logger(__name__)


class _Later(errors.WirephotoError):
    """Not this picture's fault."""


@dataclass(slots=True)
class _Work:
    """One claim; ``pictures`` is None until they are looked up, ``seconds`` are what it waits.

    ``makes_way``: an import is under way, which goes first.
    """

    claim: descriptions.Claim | None = None
    pictures: list[blobs.Blob] | None = None
    looks: dict[str, descriptions.Look | None] = field(default_factory=dict)
    seconds: float = 0.0
    makes_way: bool = False

    def left(self) -> list[str]:
        """Keys that are still to be described."""
        if self.claim is not None and self.pictures is None:
            return self.claim.keys
        return [one.key for one in self.pictures or () if one.key not in self.looks]


@dataclass(frozen=True, slots=True)
class Describer:
    """Of one worker. ``max_pixels`` of a picture; ``stopping``: hand back what is not begun."""

    database: pool.Pool
    storage: store.Store
    decoders: decoding.Decoders
    max_pixels: int
    stopping: asyncio.Event

    async def describe_due(self) -> None:
        """All that is due, until there is no more, an import comes, or we are to stop.

        What is overdue is described beside imports: one claim at a call.
        """
        work = _Work()
        while not (self.stopping.is_set() or work.makes_way):
            work = _Work()
            try:
                if not await _to_its_end(self._claim(work)):
                    return
                await self._describe(work)
            except _Later:
                work.seconds = _AWAY_SECONDS
            finally:
                await _to_its_end(self._settle(work))

    async def _claim(self, work: _Work) -> bool:
        """Whether anything is due."""
        async with self.database.connection() as connection:
            work.claim = await descriptions.claim(connection)
            if work.claim is not None:
                work.pictures = await descriptions.pictures(connection, work.claim)
        return work.claim is not None

    async def _describe(self, work: _Work) -> None:
        assert work.claim is not None
        for picture in work.pictures or ():
            work.makes_way = await self._imports_wait()
            if self.stopping.is_set() or (work.makes_way and not work.claim.overdue):
                return
            work.looks[picture.key] = await self._look(picture, last=work.claim.tries > TRIES)

    async def _imports_wait(self) -> bool:
        async with self.database.connection() as connection:
            return await descriptions.imports_wait(connection)

    async def _settle(self, work: _Work) -> None:
        """Keep what is known; what is left comes back, at no cost where we were to stop."""
        if work.claim is None:
            return
        async with self.database.connection() as connection, connection.transaction():
            await descriptions.keep(connection, work.looks)
            if left := work.left():
                counts = bool(work.seconds)
                await descriptions.put_off(
                    connection, work.claim, left, work.seconds, counts=counts
                )
            else:
                await descriptions.done(connection, work.claim)

    async def _look(self, picture: blobs.Blob, *, last: bool) -> descriptions.Look | None:
        """None: it cannot be described, and is not tried again.

        Raises:
            _Later: storage or we ourselves failed, unless this is the ``last`` try.
        """
        kind = next(kind for kind in model.Kind if kind.mime_type == picture.mime_type)
        try:
            parts = [part async for part in await self.storage.read(picture.key)]
            data = await asyncio.to_thread(b"".join, parts)
            found = await self.decoders.describe(message.Describe(kind, self.max_pixels), data)
        except store.Missing:
            return None
        except errors.PictureError as failure:
            if failure.transient and not last:
                raise _Later from None
            log.info("picture_not_described", code=failure.code)
            return None
        return descriptions.Look(found.blurhash, found.color, found.hash)


async def _to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Also where we are cancelled meanwhile: what is claimed must be settled or handed back."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
