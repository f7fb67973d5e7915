"""The body on its way: in memory first, in a temporary file once it grows.

The event loop only appends; files are opened, written, hashed and removed in threads, a block at
a time. Memory held is the threshold, or one block and what a read brings on top.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from io import BufferedWriter
from pathlib import Path

from wirephoto import errors, model
from wirephoto.pipeline import leftover

FILE_PREFIX = "fetch-"
"""Of temporary files: those a killed process left can be told and swept."""

_BLOCK_BYTES = 1_048_576


class Spool:
    """Collects one body. After ``finish`` the file, if any, belongs to the caller."""

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self.size = 0
        self._folder = folder
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._threshold = memory_bytes
        self._file: _TemporaryFile | None = None

    def add(self, data: bytes) -> bool:
        """Take ``data``; True: ``flush`` is due."""
        self._held.append(data)
        self.size += len(data)
        self._held_bytes += len(data)
        return self._held_bytes > self._threshold

    async def flush(self) -> None:
        """Move what is held to the file, opening it first where there is none.

        Raises:
            errors.StorageFailed: transient; the folder cannot be written to.
        """
        if self._file is None:
            self._file = _TemporaryFile(self._folder)
            self._threshold = _BLOCK_BYTES
        blocks, self._held, self._held_bytes = self._held, [], 0
        await asyncio.to_thread(self._file.write, blocks)

    async def finish(self) -> model.Body:
        """The whole body.

        Raises:
            errors.StorageFailed: as ``flush``.
        """
        if self._file is None:
            data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
            return model.Body(hashlib.sha256(data).digest(), self.size, data=data)
        path, digest = await asyncio.to_thread(self._file.finish, self._held)
        return model.Body(digest, self.size, path=path)

    async def discard(self) -> None:
        """Forget the body and remove its file, even where the calling task is cancelled again."""
        self._held.clear()
        if self._file is not None:
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, self._file.remove))


async def collect(
    parts: AsyncIterator[bytes], held: Spool, check: Callable[[int], None]
) -> model.Body:
    """The whole of ``parts``; ``check`` is told how many bytes came, and may raise.

    Raises:
        errors.StorageFailed: as ``Spool.flush``; whatever is raised, no file is left.
    """
    try:
        async for part in parts:
            if held.add(part):
                await held.flush()
            check(held.size)
        return await held.finish()
    except BaseException:
        await held.discard()
        raise


class _TemporaryFile:
    """The file of a spool; used in threads only.

    A cancelled task leaves its thread running: the lock makes a late write and the removal take
    turns, so that no file is opened after its removal and no descriptor is used after closing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._removed = False
        self._digest = hashlib.sha256()
        self._path: Path | None = None
        self._file: BufferedWriter | None = None

    def write(self, blocks: list[bytes]) -> None:
        with self._lock, _storage_errors():
            if self._removed:
                return
            file = self._file or self._open()
            for block in blocks:
                self._digest.update(block)
                file.write(block)

    def _open(self) -> BufferedWriter:
        descriptor, name = tempfile.mkstemp(prefix=FILE_PREFIX, dir=self._folder)  # mode 0600
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        return self._file

    def finish(self, blocks: list[bytes]) -> tuple[Path, bytes]:
        self.write(blocks)
        with self._lock, _storage_errors():
            assert self._file is not None
            assert self._path is not None
            self._file.close()
            return self._path, self._digest.digest()

    def remove(self) -> None:
        with self._lock:
            self._removed = True
            # Closing writes what is buffered and may fail; the file goes all the same.
            with contextlib.suppress(OSError):
                if self._file is not None:
                    self._file.close()
            with contextlib.suppress(OSError):
                if self._path is not None:
                    self._path.unlink()


@contextlib.contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        why = os.strerror(failed.errno) if failed.errno else "it failed"
        raise errors.StorageFailed(f"the temporary folder: {why}", transient=True) from failed


def files(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and sizes of bodies on their way, and of those that a killed process left."""
    for path in sorted(folder.glob(f"{FILE_PREFIX}*")):
        with contextlib.suppress(FileNotFoundError):
            yield path.name, path.stat().st_size


async def make_room(folder: Path, size: int) -> None:
    """See that a body of ``size`` bytes would fit.

    Raises:
        errors.StorageFailed: transient; it would not.
    """
    await asyncio.to_thread(_make_room, folder, size)


def _make_room(folder: Path, size: int) -> None:
    with _storage_errors(), tempfile.TemporaryFile(dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, size)


async def sweep(folder: Path, rule: leftover.Rule) -> int:
    """Remove files of ours that a killed process left, as ``rule`` tells; how many it was."""
    return await asyncio.to_thread(_sweep, folder, rule)


def _sweep(folder: Path, rule: leftover.Rule) -> int:
    old = []
    for path in folder.glob(f"{FILE_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if rule.is_left(path.name, path.stat().st_mtime):
                old.append(path)
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
