"""What a backup or a restore is at, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["database", "pictures", "disk"]


def _nobody(_: "Progress") -> None:
    """Nobody looks."""


@dataclass(slots=True)
class Progress:
    """``show`` is called often: after each picture, and twice a second beside the database.

    ``pictures`` are in the target now, ``copied`` of them came by this run and were not linked;
    ``total`` is what there will be, about: None until it is known. ``dump_bytes``: of the
    database's file.
    """

    show: Callable[["Progress"], None] = _nobody
    stage: Stage = "database"
    dump_bytes: int = 0
    pictures: int = 0
    picture_bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    total: int | None = None
    total_bytes: int | None = None

    def enter(self, stage: Stage) -> None:
        self.stage = stage
        self.show(self)

    def add(self, size: int, *, copied: bool) -> None:
        """A picture is there, by a copy or because it was or could be linked."""
        self.pictures += 1
        self.picture_bytes += size
        self.copied += copied
        self.copied_bytes += size * copied
        self.show(self)
