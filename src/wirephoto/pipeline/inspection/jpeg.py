"""JPEG (ITU-T T.81): walked marker by marker from SOI to EOI."""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from wirephoto import errors, model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection import orientation

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP1, _APP11, _APP13 = 0xE1, 0xEB, 0xED
_METADATA = frozenset({_APP1, _APP11, _APP13})
_EXIF = b"Exif\0\0"
# What an APP1 or APP13 begins with, and what then follows it.
_HEADS = {
    _APP1: (
        (_EXIF, model.BlockKind.EXIF),
        (b"http://ns.adobe.com/xap/1.0/\0", model.BlockKind.XMP),
        (b"XMP\0://ns.adobe.com/xap/1.0/\0", model.BlockKind.XMP),  # of agencies
        (b"http://ns.adobe.com/xmp/extension/\0", model.BlockKind.XMP_EXTENSION),
    ),
    _APP13: ((b"Photoshop 3.0\0", model.BlockKind.PHOTOSHOP),),
}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RSTn carry no length
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
_UNUSUAL = {
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF, 0xDE), "a hierarchical JPEG"),
    0xF7: "a JPEG-LS picture",
}
_MAX_SEGMENTS = 65_536
_BITS = 8

# One FF and the byte that makes it a marker. Not FF+: a long run of fill bytes stays linear.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not stuffing, not a restart


class _Frame(NamedTuple):
    width: int
    height: int
    components: frozenset[int]


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Size and completeness. What follows EOI (more pictures, padding) is not looked at.

    Complete means: one frame header, scans with data for each of its components, and EOI where
    the last scan ends. Embedded thumbnails are passed over by the length of their segment.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    frame: _Frame | None = None
    turned: int | None = None
    scanned: set[int] = set()
    for marker, start, end in _segments(data):
        if marker in _FRAMES:
            frame = _frame(data, start, end, before=frame)
            limits.check(frame.width, frame.height)
        elif marker == _SOS:
            scanned.update(_scan(data, start, end))
        elif marker in _METADATA:
            _carry(data, marker, start, end, carried)
            if turned is None and data[start : start + 6] == _EXIF:
                turned = orientation.read(data, start, end)
        elif marker in _UNUSUAL:
            raise errors.UnsupportedType(f"{_UNUSUAL[marker]}, which browsers do not show")
    if frame is None:
        raise errors.NotAnImage("a JPEG without a frame header")
    if not frame.components <= scanned:
        raise errors.Truncated("the JPEG has no data for some of its colour components")
    return model.Picture(model.Kind.JPEG, *orientation.displayed(frame.width, frame.height, turned))


def _carry(data: bounds.Data, marker: int, start: int, end: int, carried: carrying.Carried) -> None:
    """Put aside what a segment holds of metadata (XMP Part 3, 1.1.3; C2PA 2.2, A.3)."""
    if marker == _APP11:
        head = data[start : min(end, start + 64)]
        if head[:2] == b"JP" and (b"c2pa" in head or carried.has_credentials):
            carried.credentials(end - start)  # a manifest goes on over several segments
        return
    for begin, kind in _HEADS[marker]:
        if data[start : start + len(begin)] == begin:
            carried.take(kind, data, start + len(begin), end)
            return


def _segments(data: bounds.Data) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the content of each segment; ends at EOI.

    Stray bytes before a marker are passed over, as libjpeg does.
    """
    at = 2
    for _ in range(_MAX_SEGMENTS):
        marker, at = _next(data, at, _MARKER)
        if marker == _EOI:
            return
        if marker == _SOI:
            raise errors.NotAnImage("a damaged JPEG: a second one begins inside the first")
        if marker in _BARE:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2:  # noqa: PLR2004 - the length counts its own two bytes
            raise errors.NotAnImage("a damaged JPEG: a segment of impossible length")
        if at + length > len(data):
            raise errors.Truncated("the JPEG ends inside a segment")
        yield marker, at + 2, at + length
        at += length
        if marker == _SOS:
            at = _past_scan(data, at)
    raise errors.NotAnImage(f"a JPEG of more than {_MAX_SEGMENTS} segments")


def _next(data: bounds.Data, at: int, pattern: re.Pattern[bytes]) -> tuple[int, int]:
    """The next marker that the pattern takes, and where its segment goes on."""
    found = pattern.search(data, at)
    if found is None:
        raise errors.Truncated("the JPEG ends before its end marker")
    return data[found.end() - 1], found.end()


def _past_scan(data: bounds.Data, at: int) -> int:
    _, end = _next(data, at, _END_OF_SCAN)
    if end - 2 == at:
        raise errors.Truncated("the JPEG has a scan without data")
    return end - 2


def _frame(data: bounds.Data, start: int, end: int, *, before: _Frame | None) -> _Frame:
    if before is not None:
        raise errors.NotAnImage("a damaged JPEG: two frame headers")
    precision, height, width, count = struct.unpack_from(">BHHB", data, start)
    if not width or not count or start + 6 + 3 * count > end:
        raise errors.NotAnImage("a damaged JPEG: its frame header makes no sense")
    if precision != _BITS:
        raise errors.UnsupportedType(
            f"a JPEG of {precision} bits a sample, which browsers do not show"
        )
    if not height:
        raise errors.UnsupportedType(
            "a JPEG that states its height after its data (DNL), which viewers do not show"
        )
    return _Frame(width, height, frozenset(data[start + 6 : start + 6 + 3 * count : 3]))


def _scan(data: bounds.Data, start: int, end: int) -> bytes:
    """Components of the scan (T.81, B.2.3)."""
    count = data[start]
    if not count or start + 1 + 2 * count > end:
        raise errors.NotAnImage("a damaged JPEG: its scan header makes no sense")
    return data[start + 1 : start + 1 + 2 * count : 2]
