"""Boxes of ISO base media files (ISO/IEC 14496-12, 4.2)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from wirephoto import errors
from wirephoto.pipeline.inspection import limits as bounds

_MAX_BOXES = 65_536


class Box(NamedTuple):
    """One box: its type, and where its content starts and ends."""

    name: bytes
    start: int
    end: int


def walk(data: bounds.Data, at: int, end: int) -> Iterator[Box]:
    """The boxes between ``at`` and ``end``, one after the other.

    Raises:
        errors.Truncated: a box reaches past ``end``.
        errors.NotAnImage: a size that cannot be, or no end of boxes.
    """
    for _ in range(_MAX_BOXES):
        if at >= end:
            return
        size, name, start = _head(data, at, end)
        if size < start - at:
            raise errors.NotAnImage("a damaged file: a box of impossible size")
        if at + size > end:
            raise errors.Truncated("the file ends inside a box")
        yield Box(name, start, at + size)
        at += size
    raise errors.NotAnImage(f"a file of more than {_MAX_BOXES} boxes")


def _head(data: bounds.Data, at: int, end: int) -> tuple[int, bytes, int]:
    """Size with the head, name, start of the content; sizes 1 and 0 stand for long and the rest."""
    size, name = struct.unpack_from(">I4s", data, at)
    if size == 1:
        return struct.unpack_from(">Q", data, at + 8)[0], name, at + 16
    return size or end - at, name, at + 8


def children(data: bounds.Data, box: Box, *, skip: int = 0) -> dict[bytes, Box]:
    """The boxes inside by name, the first of each; ``skip`` bytes of fields come before them."""
    found: dict[bytes, Box] = {}
    for child in walk(data, box.start + skip, box.end):
        found.setdefault(child.name, child)
    return found


def inside(data: bounds.Data, box: Box, *path: bytes) -> Box | None:
    """The box at the end of the path of plain containers, or None."""
    for name in path:
        found = children(data, box).get(name)
        if found is None:
            return None
        box = found
    return box
