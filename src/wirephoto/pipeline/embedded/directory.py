"""TIFF directories with bounds: each value is taken or dropped alone."""

import functools
import struct
from typing import Any, Final, NamedTuple

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
                 129: 1}  # fmt: skip
_CODES: Final = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_RATIONALS: Final = {5: "I", 10: "i"}
_MAGIC: Final = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRIES: Final = {one: struct.Struct(one + "HHI4s") for one in "<>"}
_MOST_ENTRIES = 1000
_MOST_BYTES = 65_536  # of a value: longer ones are previews and the like
_MOST_NUMBERS = 16
TEXTS: Final = frozenset({2, 129})


class Value(NamedTuple):
    """Bytes of a type (TIFF 6.0, section 2), and how their numbers are ordered."""

    kind: int
    data: bytes
    order: str

    def numbers(self) -> list[int | float | None]:
        """Its numbers; fractions as decimal numbers, None for those over zero."""
        if self.kind not in _CODES and self.kind not in _RATIONALS:
            return []
        count = min(len(self.data) // _SIZES[self.kind], _MOST_NUMBERS)
        plain: tuple[Any, ...] = _shape(self.order, self.kind, count).unpack_from(self.data)
        if self.kind in _CODES:
            return list(plain)
        pairs = zip(plain[::2], plain[1::2], strict=True)
        return [above / below if below else None for above, below in pairs]


@functools.cache
def _shape(byte_order: str, kind: int, count: int) -> struct.Struct:
    """So many numbers of that kind; a fraction is two."""
    if kind in _CODES:
        return struct.Struct(f"{byte_order}{count}{_CODES[kind]}")
    return struct.Struct(f"{byte_order}{2 * count}{_RATIONALS[kind]}")


class Directory(NamedTuple):
    """Values by tag; ``damaged``: some could not be read."""

    values: dict[int, Value]
    damaged: bool


def order(block: bytes) -> str | None:
    """The byte order of a TIFF file as ``struct`` writes it; None: it is none."""
    return _MAGIC.get(block[:4])


def first(block: bytes, byte_order: str) -> int:
    """Where the first directory is; 0 where nothing says so."""
    return int(struct.unpack_from(byte_order + "I", block, 4)[0]) if len(block) >= 8 else 0  # noqa: PLR2004 - the header


def read(block: bytes, at: int, byte_order: str) -> Directory:
    """The entries of the directory at ``at``, the first 1000; of one tag the first."""
    if not 0 < at <= len(block) - 2:
        return Directory({}, damaged=True)
    (count,) = struct.unpack_from(byte_order + "H", block, at)
    entry = _ENTRIES[byte_order]
    there = (len(block) - at - 2) // entry.size
    values: dict[int, Value] = {}
    damaged = count > min(there, _MOST_ENTRIES)
    whole = block[at + 2 : at + 2 + entry.size * min(count, there, _MOST_ENTRIES)]
    for tag, kind, number, inline in entry.iter_unpack(whole):
        data = _data(block, kind, number, inline, byte_order)
        if data is None:
            damaged = True
        else:
            values.setdefault(tag, Value(kind, data, byte_order))
    return Directory(values, damaged)


def _data(block: bytes, kind: int, number: int, inline: bytes, byte_order: str) -> bytes | None:
    """The bytes of a value; None where they lie outside, empty where they are too many."""
    size = _SIZES.get(kind, 0) * number
    if size <= len(inline):
        return inline[:size] if kind in _SIZES else None
    (where,) = struct.unpack(byte_order + "I", inline)
    if where + size > len(block):
        return None
    return block[where : where + size] if size <= _MOST_BYTES else b""
