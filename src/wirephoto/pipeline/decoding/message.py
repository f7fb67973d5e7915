"""What a decoding child is asked, and what it may answer. ``max_pixels``: width times height."""

from typing import Annotated, Literal

import msgspec

from wirephoto import model
from wirephoto.pipeline.apart import refusal

Side = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Render(msgspec.Struct, frozen=True, tag="render"):
    """Make it fit into a box, or cover it; never larger than it is.

    ``width`` or ``height`` may be open (None). ``quality`` counts where the format knows it.
    """

    kind: model.Kind
    max_pixels: int
    width: Side | None
    height: Side | None
    fit: Literal["contain", "cover"]
    format: model.Kind
    quality: int


class Describe(msgspec.Struct, frozen=True, tag="describe"):
    """Say what it looks like."""

    kind: model.Kind
    max_pixels: int


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Decode all of it; ``max_pixels`` counts its frames, too."""

    kind: model.Kind
    max_pixels: int


Job = Render | Describe | Check


class Rendered(msgspec.Struct, frozen=True, tag="rendered"):
    """Its size; its bytes follow."""

    width: Side
    height: Side


class Described(msgspec.Struct, frozen=True, tag="described"):
    """``color`` as ``#rrggbb``; ``hash`` as a signed integer of 64 bits."""

    blurhash: Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[!-~]+$")]
    color: Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]
    hash: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Whole(msgspec.Struct, frozen=True, tag="whole"):
    """All of it was decoded."""


Answer = Rendered | Described | Whole | refusal.Refused
