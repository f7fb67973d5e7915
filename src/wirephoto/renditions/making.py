"""A rendition found or made: once for all who ask, few at a time, failures remembered.

Who asks waits; what is made goes on when they have left, for the next. Over several processes
one makes it: its row says so.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field

import structlog

from wirephoto import errors, model
from wirephoto.db import blobs, pool
from wirephoto.db import renditions as rows
from wirephoto.pipeline.decoding import message
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.storage import keys, store
from wirephoto.renditions import variant

WAIT_SECONDS = 25.0  # that who asks waits
UNDER_WAY = 64  # of one process, those that wait for a child among them
KEPT = 128  # of one picture
_LOOK_SECONDS = 0.2
_BUSY = {"Retry-After": "2"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A rendition in storage; ``size`` in bytes."""

    key: str
    size: int
    sha256: bytes
    kind: model.Kind


@dataclass(slots=True)
class Maker:
    """Of one process. ``max_pixels`` of an original."""

    database: pool.Pool
    storage: store.Store
    decoders: decoding.Decoders
    max_pixels: int
    at_once: int = decoding.RENDERING.children
    under_way: int = UNDER_WAY
    _making: dict[str, asyncio.Task[Made]] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        # Beside the children's own: what waits for one holds no picture in memory.
        self._slots = asyncio.Semaphore(self.at_once)

    async def find_or_make(self, original: blobs.Blob, wanted: variant.Variant) -> Made:
        """The rendition.

        Raises:
            errors.Unprocessable: the picture cannot be shown like this.
            errors.Unavailable: too many are being made, or it takes long: soon.
            errors.NotFound: the original is gone.
        """
        key = keys.rendition_key(original.key, wanted.name)
        found = await self._find(key, wanted)
        if found is not None:
            return found
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= self.under_way:
                raise errors.Unavailable(
                    {"renditions": "Too many are being made. Try again."}, headers=_BUSY
                )
            task = asyncio.create_task(self._make(original, wanted, key))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if not task.done():
            raise errors.Unavailable({"renditions": "It is being made. Try again."}, headers=_BUSY)
        return task.result()

    async def lost(self, made: Made) -> None:
        """Storage does not have it: who asks next has it made anew."""
        async with self.database.connection() as connection:
            await rows.lose(connection, made.key, made.sha256)

    async def close(self) -> None:
        """End what is under way; others may make it."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.decoders.close()

    def _made(self, key: str, task: asyncio.Task[Made]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more

    async def _find(self, key: str, wanted: variant.Variant) -> Made | None:
        async with self.database.connection() as connection:
            found = await rows.find(connection, key)
        if found is None:
            return None
        if found.size is None or found.sha256 is None:
            raise errors.Unprocessable({"key": f"It cannot be shown like this: {found.problem}."})
        return Made(key, found.size, bytes(found.sha256), wanted.format)

    async def _make(self, original: blobs.Blob, wanted: variant.Variant, key: str) -> Made:
        """Ours to make, or another's to wait for."""
        while True:
            async with self._slots:
                if (found := await self._find(key, wanted)) is not None:
                    return found
                async with self.database.connection() as connection:
                    claim = await rows.claim(connection, key, original.key)
                if claim is not None:
                    return await self._make_ours(original, wanted, claim)
            await asyncio.sleep(_LOOK_SECONDS)
            async with self.database.connection() as connection:
                if await blobs.find(connection, original.key) is None:
                    raise errors.NotFound({"key": "There is no picture with this key."})

    async def _make_ours(
        self, original: blobs.Blob, wanted: variant.Variant, claim: rows.Claim
    ) -> Made:
        try:
            made, data = await self._rendered(original, wanted, claim.key)
            await self._keep(original, made, data, claim)
        except errors.PictureError as failure:
            await self._note(claim, failure)
            if failure.transient:
                raise errors.Unavailable({"renditions": failure.reason}, headers=_BUSY) from None
            raise errors.Unprocessable(
                {"key": f"It cannot be shown like this: {failure.reason}."}
            ) from None
        except BaseException:
            await asyncio.shield(self._give_up(claim))
            raise
        return made

    async def _rendered(
        self, original: blobs.Blob, wanted: variant.Variant, key: str
    ) -> tuple[Made, bytes]:
        kind = next(kind for kind in model.Kind if kind.mime_type == original.mime_type)
        job = message.Render(
            kind,
            self.max_pixels,
            wanted.width,
            wanted.height,
            wanted.fit,
            wanted.format,
            wanted.quality,
        )
        _, data = await self.decoders.render(job, await self._read(original))
        digest = await asyncio.to_thread(lambda: hashlib.sha256(data).digest())
        return Made(key, len(data), digest, wanted.format), data

    async def _read(self, original: blobs.Blob) -> bytes:
        try:
            parts = [part async for part in await self.storage.read(original.key)]
        except store.Missing:
            raise errors.NotFound({"key": "There is no picture with this key."}) from None
        return await asyncio.to_thread(b"".join, parts)

    async def _keep(self, original: blobs.Blob, made: Made, data: bytes, claim: rows.Claim) -> None:
        body = model.Body(made.sha256, made.size, data=data)
        (failure,) = await self.storage.put_all([(made.key, body, made.kind.mime_type)])
        if failure is not None:
            raise failure
        async with self.database.connection() as connection:
            kept = await rows.finish(connection, claim, made.size, made.sha256)
            over = await rows.prune(connection, original.key, KEPT) if kept else []
            gone = not kept and await blobs.find(connection, original.key) is None
        for key in [made.key] if gone else over:
            await self.storage.delete(key)
        if gone:
            raise errors.NotFound({"key": "There is no picture with this key."})
        if not kept:  # we took so long that another makes it
            raise errors.Unavailable({"renditions": "It is being made. Try again."}, headers=_BUSY)

    async def _note(self, claim: rows.Claim, failure: errors.PictureError) -> None:
        log.warning("rendition_failed", code=failure.code, transient=failure.transient)
        async with self.database.connection() as connection:
            if failure.transient:
                await rows.give_up(connection, claim)
            else:
                await rows.fail(connection, claim, failure.reason)

    async def _give_up(self, claim: rows.Claim) -> None:
        async with self.database.connection() as connection:
            await rows.give_up(connection, claim)
