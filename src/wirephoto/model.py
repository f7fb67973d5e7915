"""The nouns that stages hand to each other. Knows no framework, no database, no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NamedTuple

Update = Literal["changed", "always", "never", "untouched"]  # of pairs that are there


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


class BlockKind(StrEnum):
    """What a block of embedded metadata is, as far as the place where it lay says so."""

    EXIF = "exif"  # a TIFF file, perhaps after Exif and two NULs
    XMP = "xmp"  # a packet
    XMP_DEFLATED = "xmp_deflated"
    XMP_EXTENSION = "xmp_extension"  # GUID, full length, offset, a part of the text
    GIF_XMP = "gif_xmp"  # what follows the head of the extension, its trailer included
    PHOTOSHOP = "photoshop"  # a part of Photoshop's image resources
    IIM = "iim"  # datasets
    PNG_TEXT = "png_text"  # name and content of an iTXt, tEXt or zTXt chunk
    TITLE = "title"  # of a drawing
    DESCRIPTION = "description"
    CREDENTIALS = "credentials"  # a C2PA manifest is there; its number of bytes in decimal
    BEYOND = "beyond"  # there was more than is kept; which


class Block(NamedTuple):
    """Embedded metadata as it lay in a picture, unread."""

    kind: BlockKind
    data: bytes


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a picture says of itself.

    ``fields`` by the ids of their table, each a text, a list, or a structure; ``record`` is the
    JSON of all that was found, with notes on what could not be read.
    """

    fields: Mapping[str, Any]
    record: bytes


@dataclass(frozen=True, slots=True)
class Inspected:
    """A picture and the bytes to store: those that came, or for SVG the cleaned ones.

    ``blocks`` is the metadata of those that came.
    """

    picture: Picture
    body: Body
    blocks: tuple[Block, ...] = ()
