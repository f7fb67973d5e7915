"""The folders of storage: made where they are missing, and known once they are on the disk.

Threads only. Paths are texts: a chunk has hundreds, and making a ``Path`` takes longer than the
system call that it is for.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from wirephoto.pipeline.storage import waiting


class Folders:
    """Those below ``root``, itself and the ones above it included.

    ``look`` raises an OSError while another folder is in the place of ``root``: one that is missing
    may be on a disk that has just gone, and is not made anew where the disk was.
    """

    def __init__(self, root: Path, waiters: waiting.Waiters, look: Callable[[], None]) -> None:
        self._above = {os.fspath(folder) for folder in root.parents}
        self._waiters = waiters
        self._look = look
        self._durable: set[str] = set()  # whose names a power cut does not take

    def need(self, folder: str, unsynced: set[str]) -> None:
        """See that ``folder`` is there; one that was there before is not looked at again."""
        if folder not in self._durable:
            self.make(folder, unsynced)

    def make(self, folder: str, unsynced: set[str]) -> None:
        """Make ``folder`` and those above it; ``unsynced`` takes each that is not known as durable.

        One that is there may still be another process's, made a moment ago and not yet synced.
        """
        is_there = Path(folder).is_dir()
        if is_there and (folder in self._durable or folder in self._above):
            return
        self.make(parent(folder), unsynced)
        if not is_there:
            self._look()
            with contextlib.suppress(FileExistsError):
                Path(folder).mkdir(0o700)
        unsynced.add(folder)

    def sync(self, changed: Iterable[str], unsynced: set[str]) -> dict[str, OSError]:
        """Wait until names are on the disk: of files in ``changed``, of folders in ``unsynced``.

        Returns:
            what went wrong, by folder.
        """
        failed: dict[str, OSError] = {}

        def sync(folder: str) -> None:
            try:
                self._sync(folder)
            except OSError as failure:
                failed[folder] = failure

        self._waiters.all(sync, list({*changed, *map(parent, unsynced)}))
        self._durable |= {folder for folder in unsynced if parent(folder) not in failed}
        return failed

    def _sync(self, folder: str) -> None:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:
            if folder in self._above:
                return  # the operator's; we may pass it, but not open it
            raise
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def parent(path: str) -> str:
    """Of an absolute path without a slash at its end."""
    return path.rpartition("/")[0] or "/"
