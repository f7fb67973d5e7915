"""The datasets of an IIM block (IPTC-IIM 4.2, 1.5), as bytes."""

import struct
from typing import NamedTuple

from wirephoto.pipeline.embedded import notes as noting

_MARK = 0x1C
_HEAD = struct.Struct(">BBBH")  # mark, record, number, length
_EXTENDED = 0x8000
_MOST_LENGTH_BYTES = 4
_MOST = 10_000
CHARACTER_SET = (1, 90)
RECORD = 2
_BINARY = frozenset({125, 200, 201, 202})  # a rasterised caption, previews


class Dataset(NamedTuple):
    number: int
    value: bytes


class Block(NamedTuple):
    """The datasets of record 2 in their order; ``announced`` is the content of 1:90."""

    datasets: list[Dataset]
    announced: bytes


def read(data: bytes, notes: noting.Notes) -> Block:
    """All that is whole, to the first byte that begins no dataset; other records are passed over.

    1:90 counts wherever it stands, and no dataset need be the first.
    """
    found: list[Dataset] = []
    announced = b""
    at, end = 0, len(data)
    for _ in range(_MOST):
        if at >= end or data[at] != _MARK:
            return Block(found, announced)
        start = at + _HEAD.size
        record, number, length = _head(data, at)
        if length & _EXTENDED:
            start, length = _extended(data, start, length)
        at = start + length
        if at > end:
            notes.add("IIM: it ends inside a dataset")
            return Block(found, announced)
        if record == RECORD and number not in _BINARY:
            found.append(Dataset(number, data[start:at]))
        elif (record, number) == CHARACTER_SET:
            announced = data[start:at]
    notes.add(f"IIM: more than {_MOST} datasets")
    return Block(found, announced)


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Record, number and length; of a head that is cut a length that ends nowhere."""
    if at + _HEAD.size > len(data):
        return 0, 0, 0
    _, record, number, length = _HEAD.unpack_from(data, at)
    return record, number, length


def _extended(data: bytes, start: int, length: int) -> tuple[int, int]:
    """Where a value with an extended length begins, and its length; one too long if unreadable."""
    width = length & ~_EXTENDED
    if width > _MOST_LENGTH_BYTES:
        return start, len(data)
    return start + width, int.from_bytes(data[start : start + width], "big")
