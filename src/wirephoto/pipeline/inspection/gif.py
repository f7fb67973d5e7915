"""GIF 87a and 89a: walked block by block to the trailer."""

import struct

from wirephoto import errors, model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds

_EXTENSION, _IMAGE, _TRAILER, _PADDING = 0x21, 0x2C, 0x3B, 0x00
_APPLICATION = 0xFF
_HEAD = 14  # of an application extension: two bytes, their length, eleven of a name
_PROFILES = {b"MGKIPTC0000": model.BlockKind.IIM, b"MGK8BIM0000": model.BlockKind.PHOTOSHOP}
_FIRST_BLOCK = 13
_MAX_CODE_SIZE = 11


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Canvas, frames and completeness.

    The size is that of the canvas browsers draw on: the logical screen, grown to hold the first
    frame where that is larger (so a screen of 0 by 0 is the first frame). Frames after it are
    cut to the canvas. libvips shows the first frame alone when the screen is far larger.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    limits.check(width, height)
    at = _FIRST_BLOCK + _table(flags)
    frames = drawn = 0
    while (block := data[at]) != _TRAILER:
        if block == _EXTENSION:
            start, at = at, _past_blocks(data, at + 2)
            if data[start + 1] == _APPLICATION:
                _carry(data, start, at, carried)
        elif block == _IMAGE:
            if not frames:
                width, height = _grown(data, at + 1, width, height)
            frames += 1
            limits.check(width, height, frames)
            start = _image_data(data, at)
            at = _past_blocks(data, start)
            drawn += at > start + 1
        elif block == _PADDING:
            at += 1
        else:
            raise errors.NotAnImage("a damaged GIF: its blocks do not follow each other")
    if not drawn:
        raise errors.NotAnImage("a GIF without a picture")
    return model.Picture(model.Kind.GIF, width, height, frames)


def _carry(data: bounds.Data, at: int, end: int, carried: carrying.Carried) -> None:
    """Put aside an application extension that holds metadata (XMP Part 3, 1.1.2; ImageMagick)."""
    name = data[at + 3 : at + _HEAD]
    if name == b"XMP DataXMP":
        carried.take(model.BlockKind.GIF_XMP, data, at + _HEAD, end - 1)
    elif name in _PROFILES:
        joined = _joined(data, at + _HEAD)
        carried.take(_PROFILES[name], joined, 0, len(joined))
    elif name.startswith(b"C2PA_GIF"):  # C2PA 2.2, A.3
        carried.credentials(end - at - _HEAD)


def _joined(data: bounds.Data, at: int) -> bytes:
    parts = []
    while size := data[at]:
        parts.append(data[at + 1 : at + 1 + size])
        at += size + 1
    return b"".join(parts)


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _grown(data: bounds.Data, at: int, width: int, height: int) -> tuple[int, int]:
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, at)
    if not frame_width or not frame_height:
        raise errors.NotAnImage("a damaged GIF: its first frame has no size")
    return max(width, left + frame_width), max(height, top + frame_height)


def _image_data(data: bounds.Data, at: int) -> int:
    """Where the sub-blocks of the image at ``at`` begin."""
    at += 10 + _table(data[at + 9])
    if not 1 <= data[at] <= _MAX_CODE_SIZE:
        raise errors.NotAnImage("a damaged GIF: a frame with an impossible code size")
    return at + 1


def _past_blocks(data: bounds.Data, at: int) -> int:
    """Past a chain of sub-blocks and the empty one that ends it."""
    while size := data[at]:
        at += size + 1
    return at + 1
