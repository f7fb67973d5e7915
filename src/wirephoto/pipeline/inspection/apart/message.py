"""What goes between a worker and its child: a header in JSON and bytes, each with its length."""

import struct
from typing import Annotated, BinaryIO, Literal

import msgspec

from wirephoto import errors
from wirephoto.pipeline.inspection import limits

LENGTHS = struct.Struct(">IQ")
MAX_HEADER_BYTES = 65_536
READY = b"\n"
"""The child's first word: it has what it needs, and has given up the rest."""

_Side = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class Job(msgspec.Struct, frozen=True):
    """What to do with the bytes that follow; ``cpu_seconds`` bounds this job alone."""

    act: Literal["clean_svg"]
    limits: limits.Limits
    cpu_seconds: int


class Cleaned(msgspec.Struct, frozen=True, tag="cleaned"):
    """The drawing's size; its cleaned bytes follow."""

    width: _Side
    height: _Side


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The picture's failure; no bytes follow."""

    code: str
    reason: Annotated[str, msgspec.Meta(max_length=1000)]

    def error(self) -> errors.PictureError:
        leaves = {leaf.code: leaf for leaf in errors.PictureError.__subclasses__()}
        return leaves.get(self.code, errors.Internal)(self.reason)


Answer = Cleaned | Refused


def packed(header: msgspec.Struct, body: bytes = b"") -> bytes:
    """The message up to its body, which is sent after it as it is."""
    encoded = msgspec.json.encode(header)
    return LENGTHS.pack(len(encoded), len(body)) + encoded


def receive(source: BinaryIO) -> tuple[Job, bytes] | None:
    """The next job and its bytes; None at the end. Blocking: the child has nothing else to do."""
    lengths = source.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header, body = LENGTHS.unpack(lengths)
    return msgspec.json.decode(source.read(header), type=Job), source.read(body)
