"""A folder for one measurement, gone afterwards."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def folder(parent: Path = MEMORY) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    made.chmod(0o711)  # the database's user must be able to pass, where we are root
    try:
        yield made
    finally:
        shutil.rmtree(made)
