"""Photoshop's image resources (XMP Part 3, 3.1.3): where JPEG and TIFF keep IIM."""

import struct
from collections.abc import Iterator

from wirephoto.pipeline.embedded import notes as noting

SIGNATURES = frozenset({b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"})
IIM, COPYRIGHT_URL = 0x0404, 0x040B
_MOST = 10_000


def read(block: bytes, notes: noting.Notes) -> Iterator[tuple[int, bytes]]:
    """Id and data of each resource, as far as they are whole; padding counts from the block."""
    at = number = 0
    for _ in range(_MOST):
        if at + 12 > len(block):
            return
        if block[at : at + 4] not in SIGNATURES:
            if block[at:].strip(b"\0"):
                notes.add("Photoshop: what follows its resources was not read")
            return
        (number,) = struct.unpack_from(">H", block, at + 4)
        at += 6 + _even(block[at + 6] + 1)
        if at + 4 > len(block):
            break
        (size,) = struct.unpack_from(">I", block, at)
        at += 4
        if at + size > len(block):
            break
        yield number, block[at : at + size]
        at += _even(size)
    notes.add("Photoshop: the resources end inside one of them")
    if number == IIM:
        yield number, block[at:]  # its datasets are read as far as they are whole


def _even(size: int) -> int:
    return size + (size & 1)
