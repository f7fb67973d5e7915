"""What can become of an image in a chunk: brought, failed for good, or again later."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wirephoto import errors, model
from wirephoto.db import chunks
from wirephoto.pipeline.fetch import pace
from wirephoto.project import config


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed chunk with all that its steps need to know."""

    chunk: chunks.Chunk
    job: chunks.Job
    rules: config.ProjectSnapshot
    images: list[chunks.Image]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An image whose metadata is right: worth a request."""

    image: chunks.Image
    metadata: dict[str, Any]
    title: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A picture that is here, or (None) one whose origin says that ours is still right."""

    wanted: Wanted
    inspected: model.Inspected | None
    validators: model.Validators


@dataclass(frozen=True, slots=True)
class Failed:
    image: chunks.Image
    error: errors.PictureError
    attempts: int


@dataclass(frozen=True, slots=True)
class Again:
    """An image that comes back in ``delay`` seconds.

    ``counted``: it has used up a try. ``waits``: for an origin or for storage, which has an end.
    """

    image: chunks.Image
    delay: float
    counted: bool = False
    waits: bool = False


@dataclass(slots=True)
class Arrived:
    """What fetching and inspecting brought; ``tallies`` by origin.

    ``unspooled``: the temporary folder took some body not.
    """

    brought: list[Brought] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    tallies: dict[str, pace.Tally] = field(default_factory=dict)
    unspooled: bool = False

    def settled(self) -> set[int]:
        """Positions that have an outcome."""
        images: Iterable[chunks.Image] = (
            *(brought.wanted.image for brought in self.brought),
            *(failed.image for failed in self.failed),
            *(again.image for again in self.again),
        )
        return {image.position for image in images}
