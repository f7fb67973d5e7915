"""What was found. Findings are wrong and end the command with 1; notes are worth a line."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

FINDINGS = {
    "entry_without_blob": "entries whose picture is not said to be stored",
    "entry_size": "entries that give another size than their picture has",
    "missing_object": "pictures that are said to be stored and are not",
    "object_size": "objects of another size than their row says",
    "object_bytes": "objects that hold other bytes than were stored",
    "orphan_object": "objects under a key of ours that no row speaks of",
    "result_without_entry": "rows of success without an entry",
    "without_job": "rows of a job that is not there",
    "job_counters": "jobs whose counters are not those of their rows",
    "job_images": "jobs without all of their images",
    "job_results": "jobs with rows beyond their last image",
    "job_unfinished": "jobs that are over before their last image",
    "job_work": "jobs with images that nobody will work at, or twice",
    "job_over": "jobs that are over and have work left",
    "job_webhook": "finished jobs whose webhook nobody calls, or deliveries without a reason",
    "search_missing": "entries that no search finds",
    "search_stale": "entries that are searched as they are not",
    "search_orphan": "copies for searching of entries that are not there",
    "lost_task": "chunks that no task stands for, and deliveries that nobody takes",
}
"""Kinds of what is wrong, as ``--json`` names them."""

NOTES = {
    "unreferenced": "pictures that no entry refers to, for --repair once they are a day old",
    "unfinished_put": "pictures whose storing was broken off a day ago or more",
    "removal": "removals that are at work or were broken off",
    "temporary_file": "temporary files, which workers remove after an hour",
    "stray_rendition": "renditions that no row speaks of, for --repair once they are a day old",
    "stray_upload": "uploads that no row speaks of, for --repair once they are a day old",
    "foreign_object": "objects under keys that are none of ours: left alone",
    "idle_task": "tasks whose work is done: the next worker ends them",
    "search_repaired": "repairs of what is searched; a worker makes the copies",
    "removed": "pictures and temporary files that were removed",
}
"""Kinds of what is no fault."""


@dataclass(frozen=True, slots=True)
class Found:
    """``subject`` is an entry, a key, a job; ``problem`` is for people."""

    kind: str
    subject: str
    problem: str

    @property
    def is_wrong(self) -> bool:
        return self.kind in FINDINGS


@dataclass(slots=True)
class Report:
    """Counts; what is found goes to ``tell`` at once and is not kept."""

    tell: Callable[[Found], None]
    show: Callable[["Report"], None] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    stage: str = ""  # what is looked at now
    objects: int = 0
    bytes_read: int = 0

    def add(self, kind: str, subject: str, problem: str) -> None:
        self.counts[kind] += 1
        self.tell(Found(kind, subject, problem))

    def begins(self, stage: str) -> None:
        self.stage = stage
        self.show(self)

    def saw(self, *, objects: int = 0, read: int = 0) -> None:
        """Progress."""
        self.objects += objects
        self.bytes_read += read
        self.show(self)

    @property
    def findings(self) -> int:
        return sum(count for kind, count in self.counts.items() if kind in FINDINGS)
