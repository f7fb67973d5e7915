"""What is measured: one run over all pictures, and what the runs of a setting come to."""

import contextlib
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


class CannotRun(Exception):
    """The measurement cannot be made; the message says what is missing, or what went wrong."""


@contextlib.contextmanager
def or_ended() -> Iterator[None]:
    """Ends the program with what is missing, where ``CannotRun`` says so."""
    try:
        yield
    except CannotRun as why:
        sys.exit(f"bench: {why}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of a setting lies. ``durable``: a run ends with its bytes on the disk."""

    name: str
    durable: bool
    filesystem: str


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds from the first request until all pictures are there (and safe, where asked)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Runs of both, taken in turn; ``curl[i]`` and ``wirephoto[i]`` are neighbours in time."""

    place: Place
    images: int
    size: int
    curl: list[Run]
    wirephoto: list[Run]

    def ratios(self) -> list[float]:
        """How fast wirephoto was, of curl's speed, round by round."""
        pairs = zip(self.curl, self.wirephoto, strict=True)
        return [curl.seconds / ours.seconds for curl, ours in pairs]

    def ratio(self) -> float:
        return statistics.median(self.ratios())

    def images_a_second(self, runs: Sequence[Run]) -> float:
        return self.images / statistics.median(run.seconds for run in runs)

    def megabytes_a_second(self, runs: Sequence[Run]) -> float:
        return self.size / 1e6 / statistics.median(run.seconds for run in runs)
