"""EXIF orientation, read with bounds: the one tag that decides how a viewer turns a picture."""

import struct

from wirephoto.pipeline.inspection import limits

_TAG = 0x0112  # TIFF 6.0, section 8; Exif 2.32, 4.6.5
_SHORT, _LONG = 3, 4
_MAX_ENTRIES = 1000
_MAX_BYTES = 1 << 20  # a longer Exif block than this is read up to here
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


def read(data: limits.Data, start: int, end: int) -> int | None:
    """Orientation 1 to 8 of the Exif block at ``start``; None if it has none that means anything.

    The block may begin with ``Exif`` and two NULs or with the TIFF header itself. Broken blocks
    and values such as 0, 9 or 65535 count as absent: they never fail a picture.
    """
    block = data[start : min(end, start + _MAX_BYTES)]
    if block[:6] == b"Exif\0\0":
        block = block[6:]
    order = _BYTE_ORDERS.get(block[:4])
    if order is None:
        return None
    try:
        return _first_directory(block, order)
    except struct.error:
        return None


def _first_directory(block: bytes, order: str) -> int | None:
    (at,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, at)
    entry = struct.Struct(order + "HHI4s")
    for index in range(min(count, _MAX_ENTRIES)):
        tag, kind, _, value = entry.unpack_from(block, at + 2 + 12 * index)
        if tag == _TAG:
            return valid(_number(kind, value, order))
    return None


def _number(kind: int, value: bytes, order: str) -> int:
    if kind == _SHORT:
        return int(struct.unpack_from(order + "H", value)[0])
    return int(struct.unpack(order + "I", value)[0]) if kind == _LONG else 0


def valid(value: int) -> int | None:
    """The value, if it is one of the eight that exist."""
    return value if 1 <= value <= 8 else None  # noqa: PLR2004 - the eight orientations


def displayed(width: int, height: int, orientation: int | None) -> tuple[int, int]:
    """The size as a viewer shows it: orientations 5 to 8 lie on their side."""
    turned = orientation is not None and orientation >= 5  # noqa: PLR2004 - 5 to 8 turn by 90
    return (height, width) if turned else (width, height)
