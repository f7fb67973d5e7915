"""How many there are in all, counted beside the import: for who wants to know how long it takes."""

import contextlib
import threading
from collections.abc import Iterator

from wirephoto.cli.import_ import tally


@contextlib.contextmanager
def counted(sizes: Iterator[int], seen: tally.Tally) -> Iterator[None]:
    """While this lasts ``sizes`` are counted and summed up; each is of a row or file, in bytes."""
    over = threading.Event()
    before = seen.sent
    seen.total = None

    def count() -> None:
        total = before
        for size in sizes:
            if over.is_set():
                return
            total += 1
            seen.total_bytes += size
        seen.total = total

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    try:
        yield
    finally:
        over.set()
        counting.join()
