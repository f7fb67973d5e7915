"""A folder as storage. Folders are 0700, files 0600: they are served by us alone."""

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from concurrent import futures
from pathlib import Path

from wirephoto import errors, model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import durable, keys, listed, mark, reading, trial

READ_BYTES = 262_144
"""Bytes of one part that ``read`` yields."""

_WRITERS = 4  # threads; of their own, because they wait for the disk and readers shall not
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO}


class LocalStore:
    """See ``store.Store``."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._writer = durable.Writer(self._root)
        self._threads = futures.ThreadPoolExecutor(_WRITERS, thread_name_prefix="storage")

    @property
    def location(self) -> str:
        return str(self._root)

    async def put_all(
        self, items: Sequence[tuple[str, model.Body, str]]
    ) -> list[errors.StorageFailed | None]:
        for key, _, _ in items:
            if not keys.is_key(key):
                raise ValueError("no key of storage")
        failures = await self._write([(key, body) for key, body, _ in items])
        return [_failed(failure) if failure else None for failure in failures]

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if not keys.is_key(key):
            raise keys.Missing(key)
        try:
            return await self._open(key, start, end)
        except keys.Missing:
            await self.look()
            raise

    async def head(self, key: str) -> int | None:
        if not keys.is_key(key):
            return None
        with contextlib.suppress(keys.Missing), _translated(key):
            found = await asyncio.to_thread(os.lstat, self._root / key)
            return found.st_size if stat.S_ISREG(found.st_mode) else None
        await self.look()
        return None

    def expect(self, text: str, *, made: bool) -> None:
        """Be storage only while the folder bears this mark (``mark.Mark.expect``)."""
        self._writer.mark.expect(text, made=made)

    async def look(self) -> None:
        """See that this is the folder that pictures were put into.

        Raises:
            errors.StorageFailed: transient; it is not, or nobody can say.
        """
        try:
            await asyncio.to_thread(self._writer.mark.look)
        except OSError as failure:
            raise _failed(failure) from None

    async def listing(self) -> AsyncIterator[Sequence[listed.Listed]]:
        await self.look()
        found = listed.pages(self._root)
        with _translated(""):
            while page := await asyncio.to_thread(_next, found):
                yield page

    async def delete(self, key: str) -> None:
        """A power cut may bring the file back: an object that nobody refers to."""
        if keys.is_key(key):
            await self.look()
            await self.delete_reserved(key)

    async def sweep(self, rule: leftover.Rule) -> int:
        with _translated(""):
            return await asyncio.to_thread(self._writer.sweep, rule)

    async def check(self) -> None:
        try:
            await self.look()
            await trial.run(self)
        except (OSError, keys.Missing, errors.StorageFailed) as failure:
            raise errors.OperatorError(
                f"storage folder {self._root}: {_text(failure)}; it must be a folder that this user"
                " may write to, with space left (WIREPHOTO_STORAGE_URL, --data-dir)"
            ) from None

    async def try_out(self, size: int) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._threads, self._writer.make_room, size
            )
            await trial.run(self)
        except OSError as failure:
            raise _failed(failure) from None
        except keys.Missing:
            raise errors.StorageFailed(
                "the storage folder: it lost a file", transient=True
            ) from None

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._writer.close()

    async def put_reserved(self, key: str, body: model.Body) -> None:
        for failure in await self._write([(key, body)]):
            if failure:
                raise failure

    async def read_reserved(self, key: str) -> AsyncIterator[bytes]:
        return await self._open(key, 0, None)

    async def delete_reserved(self, key: str) -> None:
        with contextlib.suppress(keys.Missing), _translated(key):
            await asyncio.to_thread((self._root / key).unlink)

    async def _write(self, items: list[tuple[str, model.Body]]) -> list[OSError | None]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._writer.write, items)

    async def _open(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        """The parts, of a file that is open already: what is missing is known before the first."""
        parts = self._parts(key, start, end)
        await anext(parts)
        return parts

    async def _parts(self, key: str, start: int, end: int | None) -> AsyncGenerator[bytes, None]:
        file = reading.Reading(self._root / key)
        try:
            with _translated(key):
                await asyncio.to_thread(file.open)
            yield b""
            while end is None or start < end:
                size = READ_BYTES if end is None else min(READ_BYTES, end - start)
                with _translated(key):
                    part = await asyncio.to_thread(file.read, start, size)
                if not part:
                    return
                yield part
                start += len(part)
        finally:
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, file.close))


def _next(pages: Iterator[list[listed.Listed]]) -> list[listed.Listed]:
    """None left is an empty page: a StopIteration cannot leave a thread."""
    return next(pages, [])


@contextlib.contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno in _ABSENT or failure.errno is None:
            raise keys.Missing(key) from None
        raise _failed(failure) from failure


def _failed(failure: OSError) -> errors.StorageFailed:
    return errors.StorageFailed(f"the storage folder: {_text(failure)}", transient=True)


def _text(failure: Exception) -> str:
    """Without the path that the text of an OSError holds."""
    if isinstance(failure, mark.Elsewhere):
        return str(failure.strerror)
    if isinstance(failure, OSError):
        return os.strerror(failure.errno) if failure.errno else "it failed"
    return str(failure)
