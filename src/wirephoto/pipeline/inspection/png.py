"""PNG and animated PNG (PNG third edition): walked chunk by chunk from IHDR to IEND."""

import struct
import zlib

from wirephoto import errors, model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection import orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_IHDR = struct.Struct(">I4sIIBBBBBI")
_CHUNK = struct.Struct(">I4s")
_FIRST_CHUNK_END = 33
_MAX_SIDE = 0x7FFF_FFFF  # PNG3, 7.1
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})  # PNG3, 5.4: all that there are
_TEXTS = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_OF_METADATA = (b"XML:com.adobe.xmp\0", b"Raw profile type ")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples a pixel, by colour type
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_DEFLATE_AT_BEST = 1032  # bytes out for one in: 258 for two bits (RFC 1951)


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Size, frames and completeness; eXIf is taken before and after the image data.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    if data[12:16] == b"CgBI":
        raise errors.UnsupportedType("a PNG of an iOS app (CgBI), which browsers do not show")
    width, height, least = _header(data)
    limits.check(width, height)
    chunks = _Chunks(limits, width, height, carried)
    at = _FIRST_CHUNK_END
    kind = b""
    while kind != b"IEND":
        length, kind = _CHUNK.unpack_from(data, at)
        if not kind.isalpha():
            raise errors.NotAnImage("a damaged PNG: its chunks do not follow each other")
        start, at = at + 8, at + 12 + length
        if at > len(data):
            raise errors.Truncated("the PNG ends before its end chunk")
        if kind[:1].isupper() and kind not in _CRITICAL:
            raise errors.NotAnImage("a damaged PNG: an unknown chunk that is marked critical")
        chunks.take(data, kind, start, length)
    if chunks.image_bytes * _DEFLATE_AT_BEST < least:
        raise errors.Truncated("the PNG holds less image data than its size needs")
    width, height = orientation.displayed(width, height, chunks.turned)
    return model.Picture(model.Kind.PNG, width, height, chunks.frames)


def _header(data: bounds.Data) -> tuple[int, int, int]:
    """Width, height and the bytes of the picture before compression."""
    if len(data) < _FIRST_CHUNK_END:
        raise errors.Truncated("the PNG ends inside its header")
    length, name, width, height, depth, colour, compression, filtering, interlace, crc = (
        _IHDR.unpack_from(data, len(SIGNATURE))
    )
    if (length, name) != (13, b"IHDR"):
        raise errors.NotAnImage("a damaged PNG: it does not begin with its header")
    if zlib.crc32(data[12:29]) != crc:
        raise errors.NotAnImage("a damaged PNG: the checksum of its header is wrong")
    sides = 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE
    if not sides or depth not in _DEPTHS.get(colour, ()):
        raise errors.NotAnImage("a damaged PNG: its header makes no sense")
    if compression or filtering or interlace > 1:
        raise errors.NotAnImage("a damaged PNG: its header names an unknown method")
    return width, height, height * (1 + (width * depth * _SAMPLES[colour] + 7) // 8)


class _Chunks:
    """What the chunks between IHDR and IEND say, gathered as they come."""

    __slots__ = (
        *("_announced", "_carried", "_controls", "_height", "_limits", "_width"),
        *("image_bytes", "turned"),
    )

    def __init__(
        self, limits: bounds.Limits, width: int, height: int, carried: carrying.Carried
    ) -> None:
        self._limits, self._width, self._height = limits, width, height
        self._carried = carried
        self._announced = 0
        self._controls = 0
        self.image_bytes = 0
        self.turned: int | None = None

    @property
    def frames(self) -> int:
        """Frames that are both announced (acTL) and there (fcTL); 1 for a still."""
        return max(1, min(self._announced, self._controls))

    def take(self, data: bounds.Data, kind: bytes, start: int, length: int) -> None:
        if kind == b"IDAT":
            if not self.image_bytes and length > 1:
                _check_zlib(data, start)
            self.image_bytes += length
        elif kind == b"acTL" and not self.image_bytes:
            (self._announced,) = struct.unpack_from(">I", data, start)
            self._limits.check(self._width, self._height, self._announced)
        elif kind == b"fcTL":
            self._controls += 1
            self._limits.check(self._width, self._height, self._controls)
        elif kind == b"eXIf":
            self._carried.take(model.BlockKind.EXIF, data, start, start + length)
            if self.turned is None:
                self.turned = orientation.read(data, start, start + length)
        elif kind in _TEXTS:
            if data[start : start + 18].startswith(_OF_METADATA):
                self._carried.take(model.BlockKind.PNG_TEXT, data, start - 4, start + length)
        elif kind == b"caBX":  # C2PA 2.2, A.3
            self._carried.credentials(length)


def _check_zlib(data: bounds.Data, start: int) -> None:
    """The two bytes that every zlib stream begins with (RFC 1950, 2.2)."""
    (head,) = struct.unpack_from(">H", data, start)
    if head % 31 or (head >> 8) & 0x0F != 8:  # noqa: PLR2004 - method 8 is deflate
        raise errors.NotAnImage("a damaged PNG: its image data is not a zlib stream")
