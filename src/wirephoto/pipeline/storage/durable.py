"""A chunk's files onto the disk, so that a power cut loses none that was reported. Threads only.

The order is the point (fsync(2), rename(2)): temporary files; their data on the disk; rename; the
folders on the disk. A name thus never shows less than the whole picture, after a power cut too.

The kernel is first asked to begin writing all files of a group, then they are waited for: the
waiting shares the journal's commits, and the device's (``waiting``). One syncfs(2) a group waits
for everyone's data, the database's included, cannot say which file failed, and before Linux 5.8
does not say that one failed at all.
"""

import contextlib
import ctypes
import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wirephoto import model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import folders, keys, waiting
from wirephoto.pipeline.storage import mark as marks

GROUP_FILES = 64
"""Files that are written, and open, at a time."""

TEMPORARY_PREFIX = ".tmp-"
_SWEPT = re.compile(r"(\.tmp|check)-[0-9a-f]{32}")
_COPY_BYTES = 1_048_576
_SYNC_FILE_RANGE_WRITE = 2  # <linux/fs.h>: begin to write, do not wait


@dataclass(slots=True)
class _Draft:
    """One file on its way."""

    target: str
    body: model.Body
    temporary: str
    descriptor: int | None = None
    failure: OSError | None = None
    is_named: bool = False

    def settle(self) -> None:
        """Close what is open, remove what is not in place.

        A rename onto another link of the same file does nothing and leaves both (rename(2)).
        """
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
        if not self.is_named or self.body.path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.temporary)  # noqa: PTH108 - paths are texts here


class Writer:
    """Writes files below ``root``. Any number of threads and processes may, side by side."""

    def __init__(self, root: Path) -> None:
        self.mark = marks.Mark(root.absolute())
        self._root = os.fspath(root.absolute())
        self._own = f"{self._root}/{keys.RESERVED}"
        self._waiters = waiting.Waiters()
        self._folders = folders.Folders(root.absolute(), self._waiters, self.mark.look)

    def write(self, items: Sequence[tuple[str, model.Body]]) -> list[OSError | None]:
        """Put each body under its key; None: it is there, whole, and on the disk."""
        return [
            failure
            for start in range(0, len(items), GROUP_FILES)
            for failure in self._write_marked(items[start : start + GROUP_FILES])
        ]

    def _write_marked(self, items: Sequence[tuple[str, model.Body]]) -> list[OSError | None]:
        """What was written while the disk went away may lie where nobody will see it again."""
        try:
            self.mark.look()
            failures = self._write_group(items)
            self.mark.look()
        except OSError as failure:
            return [failure] * len(items)
        return failures

    def close(self) -> None:
        self._waiters.close()

    def make_room(self, size: int) -> None:
        """See that a file of ``size`` bytes would fit; an OSError where it would not."""
        self.mark.look()
        self._folders.make(self._own, set())
        path = f"{self._own}/{_temporary_name()}"
        descriptor = _create(path)
        try:
            os.posix_fallocate(descriptor, 0, max(size, 1))
        finally:
            os.close(descriptor)
            Path(path).unlink()

    def sweep(self, rule: leftover.Rule) -> int:
        """Remove temporary files of killed writers, as ``rule`` tells them.

        All lie in one folder, so that no sweep walks through millions of pictures. The time of
        change counts, not that of modification: a linked file keeps the latter.
        """
        removed = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self._own) as found:
            for entry in found:
                removed += _remove_left(entry, rule)
        return removed

    def _write_group(self, items: Sequence[tuple[str, model.Body]]) -> list[OSError | None]:
        drafts = [
            _Draft(f"{self._root}/{key}", body, f"{self._own}/{_temporary_name()}")
            for key, body in items
        ]
        unsynced: set[str] = set()
        try:
            _each(drafts, lambda draft: self._fill(draft, unsynced))
            if len(drafts) > 1:
                _each(drafts, _begin_to_write)
            self._waiters.all(lambda draft: _one(draft, _sync), drafts)
            _each(drafts, lambda draft: self._rename(draft, unsynced))
            self._sync_folders(drafts, unsynced)
        finally:
            for draft in drafts:
                draft.settle()
        return [draft.failure for draft in drafts]

    def _fill(self, draft: _Draft, unsynced: set[str]) -> None:
        self._folders.need(self._own, unsynced)
        if draft.body.path is not None:
            draft.descriptor = _link(draft.body.path, draft.temporary)
        if draft.descriptor is None:
            draft.descriptor = self._create(draft.temporary, unsynced)
            if draft.body.path is not None:
                _copy(draft.body.path, draft.descriptor)
            else:
                _write_all(draft.descriptor, draft.body.data or b"")

    def _create(self, path: str, unsynced: set[str]) -> int:
        try:
            return _create(path)
        except FileNotFoundError:  # somebody removed the folder
            self._folders.make(self._own, unsynced)
            return _create(path)

    def _rename(self, draft: _Draft, unsynced: set[str]) -> None:
        folder = folders.parent(draft.target)
        self._folders.need(folder, unsynced)
        try:
            os.replace(draft.temporary, draft.target)  # noqa: PTH105 - paths are texts here
        except FileNotFoundError:  # as above
            self._folders.make(folder, unsynced)
            os.replace(draft.temporary, draft.target)  # noqa: PTH105 - as above
        draft.is_named = True

    def _sync_folders(self, drafts: list[_Draft], unsynced: set[str]) -> None:
        changed = {folders.parent(draft.target) for draft in drafts if draft.failure is None}
        for folder, failure in self._folders.sync(changed, unsynced).items():
            for draft in drafts:
                if draft.target.startswith(f"{folder.rstrip('/')}/"):
                    draft.failure = draft.failure or failure


def _each(drafts: list[_Draft], act: Callable[[_Draft], None]) -> None:
    """``act`` on each that has not failed; one that fails gives its space back to the others."""
    for draft in drafts:
        _one(draft, act)


def _one(draft: _Draft, act: Callable[[_Draft], None]) -> None:
    if draft.failure is None:
        try:
            act(draft)
        except OSError as failure:
            draft.failure = failure
            draft.settle()


def _temporary_name() -> str:
    return f"{TEMPORARY_PREFIX}{secrets.token_hex(16)}"


def _create(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _link(source: Path, path: str) -> int | None:
    """The same file under one more name; None: it lies elsewhere, or links are not to be had.

    Not a rename: the source stays its owner's, who may have to put it again.
    """
    try:
        os.link(source, path, follow_symlinks=False)
    except OSError:
        return None
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def _copy(source: Path, descriptor: int) -> None:
    with source.open("rb") as reading, _borrowed(descriptor) as writing:
        shutil.copyfileobj(reading, writing, _COPY_BYTES)


def _borrowed(descriptor: int) -> BinaryIO:
    return open(descriptor, "wb", closefd=False)


def _sync(draft: _Draft) -> None:
    """Wait until the file is on the disk, and give its descriptor back."""
    assert draft.descriptor is not None
    os.fsync(draft.descriptor)
    found = os.fstat(draft.descriptor)
    os.close(draft.descriptor)
    draft.descriptor = None
    if not stat.S_ISREG(found.st_mode) or found.st_size != draft.body.size:
        raise OSError(errno.EIO, "the file does not hold what was written")


def _begin_to_write(draft: _Draft) -> None:
    """A hint; what goes wrong comes out when the file is waited for."""
    if _sync_file_range is not None and draft.descriptor is not None:
        _sync_file_range(draft.descriptor, 0, 0, _SYNC_FILE_RANGE_WRITE)


def _load_sync_file_range() -> Callable[[int, int, int, int], int] | None:
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return function


_sync_file_range = _load_sync_file_range()


def _remove_left(entry: os.DirEntry[str], rule: leftover.Rule) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if not _SWEPT.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
            return False
        if rule.is_left(entry.name, entry.stat(follow_symlinks=False).st_ctime):
            Path(entry.path).unlink()
            return True
    return False
