"""Worker processes that die, or stand still, exactly between two steps.

No line of the product knows of it. ``python -m tests.faults.mortal PLACES`` reads orders from its
input, one a line: ``renamed 3`` is a process that kills itself (SIGKILL) when it passes ``renamed``
for the third time; ``fetched 1 35`` is one that blocks its event loop there for 35 seconds. Each
process takes the next order when it begins, and is followed at once by another in its place;
without an order left it lives. Each order that was carried out is a line of output. SIGTERM ends
all, in order.

It forks what is imported once, so that hundreds of deaths take minutes: from ``process.main`` on
a worker is the same as one of the supervisor's.
"""

import functools
import inspect
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from wirephoto.db import blobs, chunks, deliveries, parts
from wirephoto.pipeline.fetch import download, spool
from wirephoto.pipeline.steps import settle
from wirephoto.pipeline.storage import durable
from wirephoto.pipeline.webhook import posting
from wirephoto.worker import process

# Where: what is wrapped, and whether it dies "before" or "after" it.
POINTS: dict[str, tuple[Any, str, str]] = {
    "claimed": (chunks, "claim", "after"),
    "spooled": (spool._TemporaryFile, "write", "after"),
    "fetched": (download, "download", "after"),
    "reserved": (blobs, "reserve", "after"),
    "written": (durable.Writer, "_fill", "after"),
    "unnamed": (durable.Writer, "_rename", "before"),
    "renamed": (durable.Writer, "_rename", "after"),
    "synced": (durable.Writer, "_sync_folders", "after"),
    "fenced": (chunks, "fence", "after"),
    "rows": (parts, "settle", "after"),
    "called": (deliveries, "insert", "after"),
    "settled": (settle, "settle", "after"),
    "acknowledged": (process._Worker, "_persist_job_status", "after"),
    "posted": (posting, "post", "after"),
    "recorded": (deliveries, "record_try", "after"),
}
PICTURE_POINTS = ("fetched", "written", "unnamed", "renamed")


def arm(point: str, passes: int, block_seconds: float | None = None) -> None:
    """From now on the process ends on that pass, or blocks for so many seconds."""
    owner, name, when = POINTS[point]
    inner: Callable[..., Any] = getattr(owner, name)
    left = passes

    def count() -> None:
        nonlocal left
        left -= 1
        if left:
            return
        if block_seconds is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            _say(f"{point} {passes} {block_seconds:g}")
            time.sleep(block_seconds)

    @functools.wraps(inner)
    async def later(*arguments: Any, **named: Any) -> Any:
        outcome = await inner(*arguments, **named)
        count()
        return outcome

    @functools.wraps(inner)
    def now(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            count()
        outcome = inner(*arguments, **named)
        if when == "after":
            count()
        return outcome

    setattr(owner, name, later if inspect.iscoroutinefunction(inner) else now)


def _say(order: str) -> None:
    sys.stdout.write(f"{order}\n")
    sys.stdout.flush()


def _kills(order: str) -> bool:
    return len(order.split()) == 2


class Keeper:
    """Forks workers, and others after them."""

    def __init__(self, places: int, orders: list[str]) -> None:
        self._orders = orders
        self._living: dict[int, tuple[str, str | None]] = {}
        self._stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        for _ in range(places):
            self._fork(secrets.token_hex(8))

    def keep(self) -> None:
        while self._living:
            pid, status = os.wait()
            place, order = self._living.pop(pid)
            by_order = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            if order is not None and by_order:
                _say(order)
            elif order is not None and _kills(order) and not self._stopping:
                self._orders.insert(0, order)
            if not self._stopping:
                self._fork(place)

    def _fork(self, place: str) -> None:
        order = self._orders.pop(0) if self._orders else None
        parent = os.getpid()
        if pid := os.fork():
            self._living[pid] = (place, order)
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.argv = ["wirephoto.worker.process", str(parent), place]
        if order is not None:
            point, passes, *seconds = order.split()
            arm(point, int(passes), *map(float, seconds))
        try:
            process.main()
        except SystemExit as ended:
            os._exit(ended.code if isinstance(ended.code, int) else 1)
        os._exit(0)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in self._living:
            os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    Keeper(int(sys.argv[1]), [line.strip() for line in sys.stdin if line.strip()]).keep()
