"""What can become of an image in a chunk: brought, failed for good, or again later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wirephoto import errors, model
from wirephoto.db import chunks
from wirephoto.pipeline.embedded import filling
from wirephoto.project import config


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed chunk with all that its steps need to know.

    ``known`` are embedded fields by the keys of assets that may turn out to be unchanged.
    ``uploads`` are keys in storage of pictures that their client has sent, by the images' URLs.
    """

    chunk: chunks.Chunk
    job: chunks.Job
    rules: config.ProjectSnapshot
    images: list[chunks.Image]
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    uploads: Mapping[str, str] = field(default_factory=dict)


class Wanted(msgspec.Struct, frozen=True):
    """An image whose metadata is right: worth a request."""

    image: chunks.Image
    metadata: dict[str, Any]
    title: str


class Brought(msgspec.Struct, frozen=True):
    """A picture that is here, or (None) one that is still right as we have it.

    ``asked``: its origin says so, not the version that the caller gave. ``sha256`` is of the bytes
    as they came.

    ``record`` is what it says of itself, ``filled`` what its entry gets of that.
    """

    wanted: Wanted
    inspected: model.Inspected | None
    validators: model.Validators
    record: bytes | None = None
    filled: filling.Filled = filling.NOTHING
    sha256: bytes | None = None
    asked: bool = True


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
    """A part of a chunk: what fetching and inspecting brought since the part before.

    ``asked``: requests that were made for it. ``left``: images whose entries are to stay as they
    are. ``unspooled``: the temporary folder took some body not. ``is_last``: no other part comes.
    """

    brought: list[Brought] = field(default_factory=list)
    left: list[chunks.Image] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    asked: int = 0
    unspooled: bool = False
    is_last: bool = False
