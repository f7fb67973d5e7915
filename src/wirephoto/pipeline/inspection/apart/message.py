"""What a worker asks of the child that cleans SVG, and what that may answer."""

from typing import Annotated, Literal

import msgspec

from wirephoto import model
from wirephoto.pipeline.apart import refusal
from wirephoto.pipeline.inspection import limits

_Size = Annotated[int, msgspec.Meta(ge=0, le=4_000_000)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Job(msgspec.Struct, frozen=True):
    """What to do with the bytes that follow."""

    act: Literal["clean_svg"]
    limits: limits.Limits


class Cleaned(msgspec.Struct, frozen=True, tag="cleaned"):
    """The drawing's size; its cleaned bytes follow, and behind them blocks of its metadata.

    ``blocks`` are their kinds and how many bytes each has.
    """

    width: _Side
    height: _Side
    blocks: Annotated[list[tuple[model.BlockKind, _Size]], msgspec.Meta(max_length=8)] = []


Answer = Cleaned | refusal.Refused
