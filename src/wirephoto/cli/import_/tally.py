"""Counting an import: what is sent, what is done, and the causes of what failed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wirephoto import client
from wirephoto.cli.import_ import report


@dataclass(slots=True)
class Tally:
    """Of one manifest, or of all; ``total`` is None until somebody has counted.

    ``done_now`` leaves out what an earlier run had done, for a rate that is true. ``read_bytes`` of
    ``total_bytes`` are of local pictures that are with the server; ``sent_bytes`` went there now.
    """

    total: int | None = None
    sent: int = 0
    success: int = 0
    skipped: int = 0
    failed: int = 0
    done_now: int = 0
    causes: dict[str, tuple[int, str]] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    read_bytes: int = 0
    sent_bytes: int = 0
    total_bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    running: dict[int, client.Counters] = field(default_factory=dict)

    @property
    def done(self) -> int:
        live = sum(one.done for one in self.running.values())
        return self.success + self.skipped + self.failed + live

    def add(self, counters: client.Counters, causes: Mapping[str, tuple[int, str]]) -> None:
        """A batch is done."""
        self.success += counters.success
        self.skipped += counters.skipped
        self.failed += counters.failed + counters.cancelled
        self.causes = merged(self.causes, causes)


def causes(failures: Iterable[report.Failure]) -> dict[str, tuple[int, str]]:
    """How many failed of each code; the first one's reason, and where it stands."""
    found: dict[str, tuple[int, str]] = {}
    for one in failures:
        count, reason = found.get(one.code, (0, f"{one.reason} ({one.entry.shown})"))
        found[one.code] = (count + 1, reason)
    return found


def merged(
    one: Mapping[str, tuple[int, str]], other: Mapping[str, tuple[int, str]]
) -> dict[str, tuple[int, str]]:
    found = dict(one)
    for code, (count, reason) in other.items():
        before, first = found.get(code, (0, reason))
        found[code] = (before + count, first)
    return found
