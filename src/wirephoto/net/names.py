"""What names resolved to, for some seconds; bounded by names and by addresses.

A name has as many addresses as its owner likes: an answer over TCP holds some four thousand.
"""

from collections.abc import Callable

NAMES = 10_000  # kept at a time
ADDRESSES = 20_000  # of all of them together: some 2 MB


class Names:
    """Answers of the name service; every new connection is judged all the same.

    Args:
        seconds: for which an answer is kept.
        clock: seconds, monotonic.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[str, tuple[float, list[str]]] = {}
        self._addresses = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def addresses(self) -> int:
        """How many are kept."""
        return self._addresses

    def get(self, host: str) -> list[str] | None:
        """All addresses of a name; None where they are not known, or too old."""
        kept = self._kept.get(host)
        return kept[1] if kept is not None and kept[0] >= self._clock() else None

    def keep(self, host: str, found: list[str]) -> None:
        """From now on; where there are too many, all others are forgotten first."""
        self._drop(host)
        if len(self._kept) >= NAMES or self._addresses + len(found) > ADDRESSES:
            self._kept.clear()
            self._addresses = 0
        if len(found) <= ADDRESSES:
            self._kept[host] = (self._clock() + self._seconds, found)
            self._addresses += len(found)

    def _drop(self, host: str) -> None:
        if (kept := self._kept.pop(host, None)) is not None:
            self._addresses -= len(kept[1])
