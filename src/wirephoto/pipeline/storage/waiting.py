"""Waiting for a disk, side by side: fsyncs at the same time share what the device does for them.

One after the other, each has the device empty its cache anew: 32 files took 29 to 40 ms, and their
folders as long again, where eight threads took 6 and 3 (ext4 on a virtual disk). On a disk that
answers at once, or in memory, threads would cost more than they save: the first two tell.
"""

import time
from collections.abc import Callable, Sequence
from concurrent import futures
from typing import TypeVar

T = TypeVar("T")

_THREADS = 16
_TOLD_BY = 2
_SLOW_SECONDS = 0.0005


class Waiters:
    """Threads that do nothing but wait; any number of threads may have them wait."""

    def __init__(self) -> None:
        self._threads = futures.ThreadPoolExecutor(_THREADS, thread_name_prefix="sync")

    def all(self, wait: Callable[[T], None], items: Sequence[T]) -> None:
        """``wait`` for each, which raises nothing; returns when all are done."""
        fastest = min((_timed(wait, item) for item in items[:_TOLD_BY]), default=0.0)
        left = items[_TOLD_BY:]
        if fastest > _SLOW_SECONDS:
            for _ in self._threads.map(wait, left):
                pass
        else:
            for item in left:
                wait(item)

    def close(self) -> None:
        self._threads.shutdown()


def _timed(wait: Callable[[T], None], item: T) -> float:
    began = time.perf_counter()
    wait(item)
    return time.perf_counter() - began
