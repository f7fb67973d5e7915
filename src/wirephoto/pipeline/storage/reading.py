"""A file that threads read for the event loop."""

import os
import stat
import threading
from pathlib import Path

_FLAGS = (
    os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
)  # a link is not followed, a pipe not waited for


class Reading:
    """Opened, read and closed, each in a thread.

    A cancelled task leaves its thread running: the lock keeps closing and reading apart, so that
    no descriptor is used after closing and none is opened after it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._closed = False
        self._descriptor: int | None = None

    def open(self) -> None:
        """Raises: FileNotFoundError also where it is no plain file; any other OSError."""
        with self._lock:
            if self._closed:
                return
            self._descriptor = os.open(self._path, _FLAGS)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                raise FileNotFoundError

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            return b"" if self._descriptor is None else os.pread(self._descriptor, size, offset)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
