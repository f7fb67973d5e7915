"""Compressed metadata, inflated under a ceiling."""

import zlib

MOST_BYTES = 4_000_000
_RAW = -15  # a window of 32 KiB, no head


class Damaged(Exception):
    """What is wrong with compressed bytes."""


def inflate(data: bytes) -> bytes:
    """What a zlib stream holds.

    Raises:
        Damaged: it is no such stream, is cut off, or holds too much.
    """
    return _run(zlib.decompressobj(), data)


def inflate_any(data: bytes) -> bytes:
    """The same for what HTTP calls deflate: a zlib stream, or one without its head."""
    try:
        return inflate(data)
    except Damaged:
        return _run(zlib.decompressobj(_RAW), data)


def _run(unpacker: "zlib._Decompress", data: bytes) -> bytes:
    try:
        text = unpacker.decompress(data, MOST_BYTES)
    except zlib.error:
        raise Damaged("its compressed text is damaged") from None
    if unpacker.unconsumed_tail:
        raise Damaged(f"it is of more than {MOST_BYTES} bytes")
    if not unpacker.eof:
        raise Damaged("its compressed text is cut off")
    return text
