"""What lies in storage, as a listing shows it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wirephoto.pipeline.storage import keys

PAGE = 1000
"""Objects of one page, at most."""


@dataclass(frozen=True, slots=True)
class Listed:
    """``size`` in bytes; ``changed_at`` in seconds since 1970, by the storage's clock."""

    key: str
    size: int
    changed_at: float

    @property
    def is_ours(self) -> bool:
        """A temporary file or a trial of our own, no object."""
        return self.key.startswith(f"{keys.RESERVED}/")


def pages(root: Path) -> Iterator[list[Listed]]:
    """Files below ``root`` by the bytes of their keys, without the folder's mark.

    Memory is that of the largest folder.

    Raises:
        OSError: a folder cannot be read; FileNotFoundError for ``root`` alone.
    """
    page: list[Listed] = []
    for found in _walk(root, "", os.scandir(root)):
        if found.key == keys.MARK:
            continue
        page.append(found)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _walk(folder: Path, prefix: str, scan: Iterator[os.DirEntry[str]]) -> Iterator[Listed]:
    """A folder's name counts with its slash: that is how it stands in a key."""
    entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan]
    for name, is_folder in sorted(entries, key=lambda one: os.fsencode(one[0] + "/" * one[1])):
        try:
            if is_folder:
                inner = os.scandir(folder / name)
                yield from _walk(folder / name, f"{prefix}{name}/", inner)
                continue
            status = os.lstat(folder / name)
        except FileNotFoundError:
            continue  # gone meanwhile
        if stat.S_ISREG(status.st_mode):
            yield Listed(f"{prefix}{name}", status.st_size, status.st_ctime)
