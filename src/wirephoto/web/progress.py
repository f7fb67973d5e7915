"""Where a job is, as pages show it: bars, rates, the time that is left. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from wirephoto.db import jobs

LEAST_SHARE = 0.6  # percent: a failure is never too thin to be seen
_QUIET_SECONDS = 5.0  # at first nothing is said of the time left


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar, in percent of its width."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A job, and what follows from its counters; ``rate`` is in images a second."""

    job: jobs.Status
    finished: bool
    mark: str  # the icon and colour of its state
    words: str  # a key of ``words``
    parts: tuple[Part, ...]
    seconds: float  # since it began, or that it took
    rate: float
    left: float | None  # seconds

    @property
    def remaining(self) -> int:
        return self.job.total - self.job.done


_MARKS = {
    "queued": ("queued", "Queued"),
    "started": ("running", "Running"),
    "success": ("success", "Done"),
    "failed": ("failed", "Broken off"),
    "cancelled": ("cancelled", "Cancelled"),
}


def of(job: jobs.Status, rate: float | None = None) -> Progress:
    """``rate``: as it was seen just now; else on average since the job began."""
    finished = job.finished_at is not None
    end = job.finished_at or datetime.now(UTC)
    seconds = (end - (job.started_at or end)).total_seconds()
    speed = rate if rate is not None else (job.done / seconds if seconds > 0 else 0.0)
    mark, words = _MARKS[job.state]
    return Progress(
        job,
        finished,
        mark,
        words,
        parts(job),
        seconds,
        speed,
        _left(job, seconds, speed) if not finished else None,
    )


def _left(job: jobs.Status, seconds: float, rate: float) -> float | None:
    if seconds < _QUIET_SECONDS or rate <= 0:
        return None
    return (job.total - job.done) / rate


def parts(job: jobs.Status) -> tuple[Part, ...]:
    """Imported, skipped, failed, in this order; what is left is the empty track."""
    found: list[Part] = []
    start = 0.0
    counted = (("success", job.success), ("skipped", job.skipped), ("failed", job.failed))
    for kind, count in counted:
        if count:
            share = 100 * count / job.total
            width = max(share, LEAST_SHARE) if kind == "failed" else share
            found.append(Part(kind, min(start, 100 - width), width))
            start += width
    return tuple(found)
