"""Images, and how many of them make a batch."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

MOST_IMAGES = 1000
MOST_BYTES = 8_000_000  # of a batch's JSON: far under what a server takes by default
J = TypeVar("J")


@dataclass(frozen=True, slots=True)
class Image:
    """One picture to import; ``id`` is the caller's own, unique in its system.

    ``file_name`` is the title it gets, by default the last part of the URL's path.
    """

    url: str
    id: str
    file_name: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    media_type: str | None = None
    checksum: str | None = None
    sha256: str | None = None

    def document(self) -> dict[str, Any]:
        """As it goes over the wire."""
        found: dict[str, Any] = {
            "url": self.url,
            "id": self.id,
            "fileName": self.file_name or _last_part(self.url) or self.id,
            "metadata": dict(self.metadata),
        }
        optional = (
            *(("mediaType", self.media_type), ("checksum", self.checksum)),
            ("sha256", self.sha256),
        )
        return found | {name: value for name, value in optional if value is not None}


@dataclass(frozen=True, slots=True)
class Batch(Generic[J]):
    """What became of one request: its job, and the images the server would not take at all.

    ``job`` is None when it took none of them. ``refused`` has each one's place in ``images`` and
    why. The rows of the job stand in the order of the images that are left.
    """

    images: Sequence[Image]
    job: J | None
    refused: Mapping[int, str]

    def accepted(self) -> list[Image]:
        return [one for at, one in enumerate(self.images) if at not in self.refused]


def split(images: Iterable[Image], most: int = MOST_IMAGES) -> Iterator[list[Image]]:
    """Batches of at most ``most`` images and ``MOST_BYTES`` of JSON; read as they are taken."""
    batch: list[Image] = []
    size = 0
    for image in images:
        weight = len(json.dumps(image.document()))
        if batch and (len(batch) == most or size + weight > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(image)
        size += weight
    if batch:
        yield batch


def refusals(details: Mapping[str, str], at: Sequence[int]) -> dict[int, str]:
    """Faults of single images by their place; ``at`` maps places in the request to places asked.

    Empty when a fault is not one image's alone: then the request as a whole is wrong.
    """
    found: dict[int, list[str]] = {}
    for path, text in details.items():
        head, _, rest = path.partition(".")
        number, _, name = rest.partition(".")
        if head != "images" or not number.isdecimal() or int(number) >= len(at):
            return {}
        found.setdefault(at[int(number)], []).append(f"{name}: {text}" if name else text)
    return {place: "; ".join(texts) for place, texts in sorted(found.items())}


def left(count: int, refused: Mapping[int, str]) -> list[int]:
    """Places that are still to be sent."""
    return list(itertools.filterfalse(refused.__contains__, range(count)))


def _last_part(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return ""
