"""The nouns that stages hand to each other. Knows no framework, no database, no network."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What the bytes of a picture are. The value is also its file extension."""

    PNG = "png"
    JPEG = "jpg"
    GIF = "gif"
    SVG = "svg"
    WEBP = "webp"
    AVIF = "avif"
    TIFF = "tiff"

    @property
    def mime_type(self) -> str:
        return _MIME_TYPES[self]


_MIME_TYPES = {
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.GIF: "image/gif",
    Kind.SVG: "image/svg+xml",
    Kind.WEBP: "image/webp",
    Kind.AVIF: "image/avif",
    Kind.TIFF: "image/tiff",
}


@dataclass(frozen=True, slots=True)
class Body:
    """A picture's bytes: in memory when small, in a temporary file when large, never both.

    ``sha256`` is the digest (32 bytes) of exactly these bytes, ``size`` their number.
    """

    sha256: bytes
    size: int
    data: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Validators:
    """What an origin said of the version it sent (RFC 9110, 8.8), as it said it."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Download:
    """A whole body as its origin sent it. ``content_type`` is a claim, never trusted."""

    body: Body
    validators: Validators
    content_type: str | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The origin answered 304 to a conditional request."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An inspected picture. Sizes in pixels as a viewer shows them; ``frames`` is 1 for a still."""

    kind: Kind
    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Inspected:
    """A picture and the bytes to store: those that came, or for SVG the cleaned ones."""

    picture: Picture
    body: Body
