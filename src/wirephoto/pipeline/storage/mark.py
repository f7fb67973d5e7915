"""The mark of a storage folder: a file that says that this is the folder pictures were put into.

A disk that is not mounted leaves an empty folder behind, which takes files as well as any: what is
written there is out of sight once the disk is back. Threads only.
"""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from wirephoto.pipeline.storage import keys

_MOST_BYTES = 200


class Elsewhere(OSError):
    """The folder is not the one that pictures were put into."""

    def __init__(self) -> None:
        text = "it is not the folder that pictures were put into: is it mounted?"
        super().__init__(errno.ENODEV, text)


class Mark:
    """Of the folder ``root``. Nothing is looked at before ``expect``."""

    def __init__(self, root: Path) -> None:
        self._path = root / keys.MARK
        self._expected: str | None = None
        self._is_made = False
        self._seen: tuple[int, int, int] | None = None

    def expect(self, text: str, *, made: bool) -> None:
        """Let ``look`` insist on this mark; ``made`` False: the folder has never borne it."""
        self._expected, self._is_made, self._seen = text, made, None

    def look(self) -> None:
        """See that this is still the folder; a folder that never bore the mark is given it.

        One stat(2) as long as nothing changes.

        Raises:
            Elsewhere: it is another folder, or none.
            OSError: nobody can say.
        """
        if self._expected is None or (self._seen is not None and self._identity() == self._seen):
            return
        if self._read() != self._expected:
            if self._is_made:
                raise Elsewhere
            self._write(self._expected)
        self._is_made, self._seen = True, self._identity()

    def _identity(self) -> tuple[int, int, int] | None:
        """A device's number may come again after it was unmounted, a time of change does not."""
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino, found.st_ctime_ns

    def _read(self) -> str | None:
        try:
            with self._path.open("rb") as file:
                return file.read(_MOST_BYTES).decode(errors="replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, text: str) -> None:
        """On the disk before anything relies on it. Whoever else writes it now writes the same."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._path.with_name(f".tmp-{secrets.token_hex(16)}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, f"{text}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(self._path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
