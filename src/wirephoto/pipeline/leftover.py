"""Whether a temporary file was left by a writer that was killed: by how long nothing changed it.

The wall clock may jump, by hours or from 1970, and a file system's times jump with it: a file of a
moment ago then looks old. A process that lives for long goes by what it has seen itself.
"""

import time
from collections.abc import Callable
from typing import Protocol


class Rule(Protocol):
    """How a sweep tells. ``name`` is never given again, ``changed_at`` is its last change."""

    def is_left(self, name: str, changed_at: float) -> bool:
        """Whether nobody will miss it."""
        ...


class Aged:
    """Older than ``seconds`` by the wall clock: for a command, which sees a file once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def is_left(self, name: str, changed_at: float) -> bool:
        del name
        return changed_at < time.time() - self._seconds


class Watch:
    """Seen unchanged for ``seconds`` by this very object; ``clock`` is one that nobody sets."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, tuple[float, float]] = {}  # its change, and when we first saw that

    def is_left(self, name: str, changed_at: float) -> bool:
        now = self._clock()
        self._forget(now - 2 * self._seconds)
        change, since = self._seen.get(name, (None, now))
        if change != changed_at:
            since = now
            self._seen[name] = (changed_at, now)
        return now - since >= self._seconds

    def _forget(self, before: float) -> None:
        """What was still there would have been removed by now."""
        for name in [name for name, (_, since) in self._seen.items() if since < before]:
            del self._seen[name]
