"""The pictures of a folder, in a steady order.

Told by their names: what a picture's name ends with. Hidden files and all else is left out, and
counted by what it is. Links are left out, too, unless they are asked for: they lead out of the
folder, to what nobody meant to send.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".svg"),
        *(".webp", ".avif", ".tif", ".tiff"),
    }
)
_HIDDEN, _LINKS, _NAMELESS = "hidden", "links", "without an ending"


@dataclass(frozen=True, slots=True)
class Picture:
    """A file. ``id`` is its path below the folder; ``size`` in bytes, ``changed_ns`` since 1970."""

    path: Path
    id: str
    size: int
    changed_ns: int


@dataclass(slots=True)
class LeftOut:
    """What a walk does not give: how many of each kind, and what could not be read, by its id."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, str] = field(default_factory=dict)


def is_picture(name: str) -> bool:
    """Whether a file of this name is taken for a picture."""
    return os.path.splitext(name)[1].lower() in ENDINGS  # noqa: PTH122 - names are texts here


def one(path: Path) -> Picture:
    """A single picture, whatever its name; its id is its name.

    Raises:
        OSError: it cannot be looked at.
    """
    found = path.stat()
    return Picture(path, path.name, found.st_size, found.st_mtime_ns)


def pictures(folder: Path, left_out: LeftOut, *, links: bool = False) -> Iterator[Picture]:
    """All below ``folder``, sorted by name in each; ``links``: they are followed, to a folder once.

    Raises:
        OSError: ``folder`` itself cannot be read.
    """
    seen = {_identity(folder.stat())}
    walk = _Walk(folder, left_out, links, seen)
    yield from walk.below(os.scandir(folder), "")


@dataclass(frozen=True, slots=True)
class _Walk:
    folder: Path
    left_out: LeftOut
    links: bool
    seen: set[tuple[int, int]]  # folders, for links that lead in circles

    def below(self, scan: Iterator[os.DirEntry[str]], prefix: str) -> Iterator[Picture]:
        for entry in sorted(scan, key=lambda one: one.name):
            name = prefix + entry.name
            try:
                if entry.name.startswith("."):
                    self.left_out.counts[_HIDDEN] += 1
                elif entry.is_symlink() and not self.links:
                    self.left_out.counts[_LINKS] += 1
                elif entry.is_dir():
                    yield from self._inside(entry, name)
                elif entry.is_file():
                    yield from self._file(entry, name)
            except OSError as fault:
                self.left_out.unreadable[_shown(name)] = fault.strerror or str(fault)

    def _inside(self, entry: os.DirEntry[str], name: str) -> Iterator[Picture]:
        identity = _identity(entry.stat())
        if identity in self.seen:
            self.left_out.counts[_LINKS] += 1
            return
        self.seen.add(identity)
        yield from self.below(os.scandir(entry.path), f"{name}/")

    def _file(self, entry: os.DirEntry[str], name: str) -> Iterator[Picture]:
        if not is_picture(entry.name):
            ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - as above
            self.left_out.counts[ending or _NAMELESS] += 1
        elif _shown(name) != name:
            self.left_out.unreadable[_shown(name)] = "its name is not UTF-8"
        else:
            found = entry.stat()
            yield Picture(Path(entry.path), name, found.st_size, found.st_mtime_ns)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _shown(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")
