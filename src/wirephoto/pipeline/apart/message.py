"""What goes between a parent and its child: a header in JSON and bytes, each with its length."""

import struct
from typing import BinaryIO, TypeVar

import msgspec

LENGTHS = struct.Struct(">IQ")
_CPU = struct.Struct(">I")
MAX_HEADER_BYTES = 65_536
READY = b"\n"
"""The child's first word: it has what it needs, and has given up the rest."""

_Job = TypeVar("_Job")


def packed(header: msgspec.Struct, body: bytes = b"") -> bytes:
    """The message up to its body, which is sent after it as it is."""
    encoded = msgspec.json.encode(header)
    return LENGTHS.pack(len(encoded), len(body)) + encoded


def job(header: msgspec.Struct, body: bytes, cpu_seconds: int) -> bytes:
    """As ``packed``, for a child: with the seconds of computing that this job alone may take."""
    return _CPU.pack(cpu_seconds) + packed(header, body)


def receive(
    source: BinaryIO, decoder: msgspec.json.Decoder[_Job]
) -> tuple[int, _Job, bytes] | None:
    """The next job: its seconds, its header, its bytes; None at the end.

    Blocking: the child has nothing else to do.
    """
    head = source.read(_CPU.size + LENGTHS.size)
    if len(head) < _CPU.size + LENGTHS.size:
        return None
    (seconds,) = _CPU.unpack_from(head)
    header, body = LENGTHS.unpack_from(head, _CPU.size)
    return seconds, decoder.decode(source.read(header)), source.read(body)
