"""Why images of a job failed: counted once for as many failures as there are.

Final rows never change and are never taken back, so whoever looks at the next page of a job with
100,000 failures, or at a job that runs on, needs no new count while their number is the same.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from wirephoto.db import jobs, pool, views

_JOBS = 200  # that are kept in mind
_MOST = 50


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of failures, and the URL of one of them."""

    found: views.Cause
    url: str


class Kept:
    """Those of the jobs that are looked at in this process."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[int, tuple[int, Sequence[Cause]]] = OrderedDict()

    async def of(self, connection: pool.Connection, job: jobs.Status) -> Sequence[Cause]:
        """The most frequent first."""
        failed, causes = self._jobs.get(job.id, (0, ()))
        if failed != job.failed:
            causes = await _count(connection, job.id)
            self._jobs[job.id] = (job.failed, causes)
        if job.failed:
            self._jobs.move_to_end(job.id)
        while len(self._jobs) > _JOBS:
            self._jobs.popitem(last=False)
        return causes


async def _count(connection: pool.Connection, job: int) -> list[Cause]:
    found = await views.causes(connection, job, _MOST)
    asked = await views.urls(connection, job, [one.example for one in found])
    return [Cause(one, asked.get(one.example, "")) for one in found]
