"""WebP (RFC 9649): RIFF chunks, a VP8 or VP8L bitstream header in them."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from wirephoto import errors, model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection import orientation

_ANIMATED = 0x02
# The flags of VP8X that announce these lie, and ImageMagick 6 has NUL for the blank.
_METADATA = {
    b"EXIF": model.BlockKind.EXIF,
    b"XMP ": model.BlockKind.XMP,
    b"XMP\0": model.BlockKind.XMP,
}
_HEAD = 12
_MAX_CHUNKS = 100_000


class _Chunk(NamedTuple):
    name: bytes
    start: int
    end: int


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Size, frames and completeness. What follows the length that RIFF states is not looked at.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise errors.Truncated("the WebP is shorter than it states")
    first = next(_chunks(data, _HEAD, size + 8), None)
    if first is None:
        raise errors.Truncated("the WebP holds no picture")
    if first.name == b"VP8X":
        return _extended(data, first, size + 8, limits, carried)
    width, height = _bitstream(data, first)
    limits.check(width, height)
    return model.Picture(model.Kind.WEBP, width, height)


def _chunks(data: bounds.Data, at: int, end: int) -> Iterator[_Chunk]:
    for _ in range(_MAX_CHUNKS):
        if at >= end:
            return
        if at + 8 > end:
            raise errors.Truncated("the WebP ends inside a chunk header")
        name, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            raise errors.Truncated("the WebP ends inside a chunk")
        yield _Chunk(name, at + 8, at + 8 + size)
        at += 8 + size + (size & 1)
    raise errors.NotAnImage(f"a WebP of more than {_MAX_CHUNKS} chunks")


def _extended(
    data: bounds.Data, header: _Chunk, end: int, limits: bounds.Limits, carried: carrying.Carried
) -> model.Picture:
    """A file that begins with VP8X: the canvas is stated there, and must hold something."""
    if header.end - header.start < 10:  # noqa: PLR2004 - RFC 9649, figure 7
        raise errors.NotAnImage("a damaged WebP: its header is too short")
    flags, width, height = _canvas(data, header.start)
    limits.check(width, height)
    turned = None
    frames = 0
    animated = False
    for chunk in _chunks(data, header.end, end):
        if chunk.name == b"ANIM":
            animated = bool(flags & _ANIMATED)
        elif chunk.name == b"ANMF":
            frames += 1
            limits.check(width, height, frames)
            _check_frame(data, chunk, animated=animated)
        elif chunk.name in {b"VP8 ", b"VP8L"} and not flags & _ANIMATED:
            frames = 1
            if _bitstream(data, chunk) != (width, height):
                raise errors.NotAnImage("a damaged WebP: its headers state different sizes")
        else:
            _carry(data, chunk, carried)
            if turned is None and chunk.name == b"EXIF":
                turned = orientation.read(data, chunk.start, chunk.end)
    if not frames:
        raise errors.Truncated("the WebP holds no picture")
    return model.Picture(
        model.Kind.WEBP, *orientation.displayed(width, height, turned), frames=frames
    )


def _carry(data: bounds.Data, chunk: _Chunk, carried: carrying.Carried) -> None:
    if chunk.name in _METADATA:
        carried.take(_METADATA[chunk.name], data, chunk.start, chunk.end)
    elif chunk.name == b"C2PA":  # C2PA 2.2, A.3
        carried.credentials(chunk.end - chunk.start)


def _canvas(data: bounds.Data, start: int) -> tuple[int, int, int]:
    flags = data[start]
    width = 1 + int.from_bytes(data[start + 4 : start + 7], "little")
    height = 1 + int.from_bytes(data[start + 7 : start + 10], "little")
    return flags, width, height


def _check_frame(data: bounds.Data, frame: _Chunk, *, animated: bool) -> None:
    """An animation frame must follow the chunk that begins one, and hold a bitstream (2.7.1.1)."""
    if not animated:
        raise errors.NotAnImage("a damaged WebP: a frame of an animation that is not announced")
    for chunk in _chunks(data, frame.start + 16, frame.end):
        if chunk.name in {b"VP8 ", b"VP8L"}:
            _bitstream(data, chunk)
            return
    raise errors.Truncated("the WebP has an animation frame without a picture")


def _bitstream(data: bounds.Data, chunk: _Chunk) -> tuple[int, int]:
    if chunk.name == b"VP8 " and chunk.end - chunk.start >= 10:  # noqa: PLR2004 - RFC 6386, 9.1
        return _lossy(data, chunk)
    if chunk.name == b"VP8L" and chunk.end - chunk.start > 5:  # noqa: PLR2004 - RFC 9649, 3.4
        return _lossless(data, chunk.start)
    raise errors.NotAnImage("a damaged WebP: it does not begin with a picture")


def _lossy(data: bounds.Data, chunk: _Chunk) -> tuple[int, int]:
    tag = int.from_bytes(data[chunk.start : chunk.start + 3], "little")
    start_code, width, height = struct.unpack_from("<3sHH", data, chunk.start + 3)
    width, height = width & 0x3FFF, height & 0x3FFF
    if tag & 1 or start_code != b"\x9d\x01\x2a" or not width or not height:
        raise errors.NotAnImage("a damaged WebP: not a VP8 key frame")
    if chunk.start + 10 + (tag >> 5) > chunk.end:
        raise errors.Truncated("the WebP ends inside its first partition")
    return width, height


def _lossless(data: bounds.Data, start: int) -> tuple[int, int]:
    signature, bits = struct.unpack_from("<BI", data, start)
    if signature != 0x2F or bits >> 29:  # noqa: PLR2004 - RFC 9649, 3.4
        raise errors.NotAnImage("a damaged WebP: not a VP8L picture")
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
