"""Places of worker processes: a file each, locked for as long as its process lives.

Who sees the same folder can tell by the lock that a process is dead, at once and for certain: the
kernel frees it with the process, however that ends, in containers and after a power cut, too. One
that stands still keeps it. Where it cannot be told, the heartbeat decides.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from pathlib import Path

from wirephoto import errors

_WAIT_SECONDS = 10.0  # while somebody takes over what the one before held
_LOOK_SECONDS = 0.05


@contextlib.asynccontextmanager
async def held(folder: Path, name: str) -> AsyncIterator[bool]:
    """The place is ours inside; False: this file system has no locks, nobody will know.

    Raises:
        errors.OperatorError: somebody else has it, and keeps it.
    """
    descriptor: int | None = None
    try:
        with contextlib.suppress(OSError):
            _make(folder)
            descriptor = await _wait_for(folder / name)
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextlib.asynccontextmanager
async def vacant(folder: Path, name: str) -> AsyncIterator[bool]:
    """Whether whoever had the place is dead; inside nobody can take it.

    In a thread, since a folder on a network may be slow. Who is cancelled meanwhile is about to
    end, and its lock ends with it.
    """
    try:
        descriptor = await asyncio.to_thread(_lock, folder / name, os.O_RDWR)
    except OSError:
        descriptor = None
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def known(folder: Path) -> list[str]:
    """Places that somebody took here, and that nobody has given up; threads only."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []


def give_up(folder: Path, name: str) -> None:
    """Nobody held anything there any more; called by who holds its lock; threads only."""
    (folder / name).unlink(missing_ok=True)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)


async def _wait_for(path: Path) -> int:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            while (descriptor := _lock(path, os.O_RDWR | os.O_CREAT)) is None:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise errors.OperatorError(f"another process has the place {path.name}") from None
    return descriptor


def _lock(path: Path, flags: int) -> int | None:
    """The file, locked; None where another has it, or gave up the one that we opened.

    Raises:
        OSError: it is not there, or cannot be locked.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(path, descriptor):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
