"""What the first page of a TIFF carries besides its picture (XMP Part 3, tables 13 and 39)."""

import struct
from collections.abc import Mapping
from typing import Final

from wirephoto import model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds

EXIF, GPS = 34665, 34853
_CREDENTIALS = 52545  # C2PA 2.2, A.3
_BLOCKS: Final = {
    700: model.BlockKind.XMP,
    33723: model.BlockKind.IIM,
    34377: model.BlockKind.PHOTOSHOP,
}
_PICTURE: Final = frozenset(
    {*range(254, 260), 262, 263, 266, 273, *range(277, 280), 284, 301, *range(317, 326)}
)
_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
                 129: 1}  # fmt: skip
_BIG: Final = {16: 8, 17: 8, 18: 8}  # of BigTIFF; EXIF knows none of them
_MOST_VALUE_BYTES = 65_536
_INLINE = 4
_LONG = 4
Directory = Mapping[int, tuple[int, int, int]]  # tag to type, count and place of the values


def carry(
    data: bounds.Data,
    order: str,
    main: Directory,
    inner: Mapping[int, Directory],
    carried: carrying.Carried,
) -> None:
    """Put aside XMP, IIM, Photoshop's resources, and an EXIF block made of the tags that are left.

    ``inner`` are the directories that the tags EXIF and GPS of ``main`` point to.
    """
    for tag, kind in _BLOCKS.items():
        if tag in main:
            _, _, at = main[tag]
            carried.take(kind, data, at, at + _size(main[tag]))
    if _CREDENTIALS in main:
        carried.credentials(_size(main[_CREDENTIALS]))
    block = _block(data, order, main, inner)
    if block:
        carried.take(model.BlockKind.EXIF, block, 0, len(block))


def _size(entry: tuple[int, int, int]) -> int:
    kind, count, _ = entry
    return (_BYTES.get(kind) or _BIG.get(kind, 0)) * count


def _block(data: bounds.Data, order: str, main: Directory, inner: Mapping[int, Directory]) -> bytes:
    """A small TIFF file of its own, whose offsets mean the same wherever it is read."""
    left = frozenset(_BLOCKS) | _PICTURE | {EXIF, GPS, _CREDENTIALS}
    values = {tag: one for tag, one in main.items() if tag not in left and _is_kept(one)}
    if not values and not inner:
        return b""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    room = 8 + 2 + 12 * (len(values) + len(inner)) + 4
    tail = b""
    places: dict[int, int] = {}
    for tag, directory in inner.items():
        places[tag] = room + len(tail)
        tail += _directory(data, order, directory, {}, places[tag])
    return head + _directory(data, order, values, places, 8, tail)


def _directory(
    data: bounds.Data,
    order: str,
    entries: Directory,
    pointers: Mapping[int, int],
    at: int,
    between: bytes = b"",
) -> bytes:
    """A directory that lies at ``at``, with ``between`` after it, and then its values."""
    rows: list[bytes] = []
    kept = [(tag, one) for tag, one in sorted(entries.items()) if _is_kept(one)]
    where = at + 2 + 12 * (len(kept) + len(pointers)) + 4 + len(between)
    outside = b""
    for tag, (kind, count, place) in kept:
        raw = data[place : place + _BYTES[kind] * count]
        head = struct.pack(order + "HHI", tag, kind, count)
        if len(raw) <= _INLINE:
            rows.append(head + raw.ljust(_INLINE, b"\0"))
        else:
            rows.append(head + struct.pack(order + "I", where + len(outside)))
            outside += raw
    rows += [struct.pack(order + "HHII", tag, _LONG, 1, to) for tag, to in pointers.items()]
    return struct.pack(order + "H", len(rows)) + b"".join(rows) + bytes(4) + between + outside


def _is_kept(entry: tuple[int, int, int]) -> bool:
    return entry[0] in _BYTES and _size(entry) <= _MOST_VALUE_BYTES
