"""What this machine says of us: room on its disks, and the memory of our processes."""

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from wirephoto.metrics import families

Found = Mapping[tuple[str, families.Labels], float]
"""Bytes by the name of a metric and the values of its labels."""

_PATIENCE_SECONDS = 3.0  # with a disk; one over a network may hang
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KINDS = {b"wirephoto.worker.": "worker", b"wirephoto.": "picture"}  # by what ``-m`` names


class Looker:
    """Looks at folders and processes; one look at a time, and none while one hangs."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders
        self._look: asyncio.Task[Found] | None = None

    async def look(self) -> Found:
        """What there is to say within 3 s; what hangs says nothing."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(asyncio.to_thread(look, self._folders))
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._look), _PATIENCE_SECONDS)
        return {}


def look(folders: Mapping[str, Path]) -> Found:
    """``folders`` by the label ``folder``; one that is not there says nothing."""
    return dict([*_disks(folders), *_processes()])


def _disks(folders: Mapping[str, Path]) -> Iterator[tuple[tuple[str, families.Labels], float]]:
    """statvfs(3): free is what we may take, not what root may."""
    for label, folder in folders.items():
        with contextlib.suppress(OSError):
            disk = os.statvfs(folder)
            yield (families.DISK_FREE.name, (label,)), disk.f_bavail * disk.f_frsize
            yield (families.DISK_SIZE.name, (label,)), disk.f_blocks * disk.f_frsize


def _processes() -> Iterator[tuple[tuple[str, families.Labels], float]]:
    largest: dict[str, int] = {}
    for process, kind in _ours().items():
        with contextlib.suppress(OSError, IndexError):
            pages = int(Path(f"/proc/{process}/statm").read_bytes().split()[1])
            largest[kind] = max(largest.get(kind, 0), pages * _PAGE)
    for kind, size in largest.items():
        yield (families.MEMORY.name, (kind,)), size


def _ours() -> dict[int, str]:
    """Kinds of this process and of its children, and theirs, by their numbers (proc(5))."""
    parents = dict(_parents())
    ours = {os.getpid(): "command"}
    for process in parents:
        line = [process]
        while line[-1] in parents and line[-1] not in ours:
            line.append(parents[line[-1]])
        if line[-1] in ours and process not in ours and (kind := _kind(process)):
            ours[process] = kind
    return ours


def _parents() -> Iterator[tuple[int, int]]:
    """Of all processes that are to be seen."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):
                stat = (folder / "stat").read_bytes()
                yield int(folder.name), int(stat.rpartition(b")")[2].split()[1])


def _kind(process: int) -> str | None:
    """By the module that it runs; None: none of ours, as the database."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        named = b"".join(words[words.index(b"-m") + 1 :][:1]) if b"-m" in words else b""
        return next((kind for start, kind in _KINDS.items() if named.startswith(start)), None)
    return None
