"""JPEGs built like photographs: a real header, then entropy data; the same ones in every run.

The scan is noise in which each FF is stuffed (T.81, B.1.1.5). That is what coded photographs look
like to whoever walks their markers; their pixels mean nothing.
"""

import random
import struct
from dataclasses import dataclass
from pathlib import Path

_SMALLEST, _LARGEST, _MIDDLE = 20_000, 300_000, 99_000
_SPREAD = 0.55  # of the logarithm: most are near the middle, some are far larger
_FOLDER_FILES = 500
_JFIF = b"JFIF\0\1\1\1\0H\0H\0\0"


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures in a folder: their paths below it, and their bytes together."""

    folder: Path
    names: list[str]
    size: int

    @property
    def mean(self) -> float:
        return self.size / len(self.names)


def write(folder: Path, count: int, size: int | None = None, first: int = 0) -> Album:
    """Write ``count`` distinct pictures below ``folder``; None: of some 110 KB on average.

    ``first`` is the number of the first of them: others than those of another run.
    """
    names = [f"{number // _FOLDER_FILES:03}/{number:06}.jpg" for number in range(count)]
    total = 0
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        total += path.write_bytes(jpeg(first + number, size))
    return Album(folder, names, total)


def jpeg(number: int, size: int | None = None) -> bytes:
    """The picture of that number; its size follows from the number too, where none is given.

    2,500 bytes are the least that a picture takes.
    """
    dice = random.Random(number)
    drawn = round(min(max(dice.lognormvariate(0, _SPREAD) * _MIDDLE, _SMALLEST), _LARGEST))
    size = drawn if size is None else size
    width, height = dice.choice([(1200, 800), (800, 1200), (1024, 768), (1500, 1000)])
    head = _head(width, height, number)
    scan = dice.randbytes(size - len(head) - 2).replace(b"\xff", b"\xff\0")
    return head + scan[: size - len(head) - 2].rstrip(b"\xff") + b"\xff\xd9"


def _head(width: int, height: int, number: int) -> bytes:
    """SOI to SOS of a baseline JPEG in three components, as cameras and editors write it."""
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    scan = b"\3\1\0\2\x11\3\x11\0\x3f\0"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, _JFIF),
            _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b" " * 2048),
            _segment(0xDB, bytes([0, *[16] * 64, 1, *[17] * 64])),
            _segment(0xC0, frame),
            *(_segment(0xC4, _huffman(table)) for table in (0x00, 0x10, 0x01, 0x11)),
            _segment(0xFE, b"picture %d" % number),
            _segment(0xDA, scan),
        )
    )


def _huffman(table: int) -> bytes:
    """A table of twelve codes, the size that matters to a reader of markers."""
    return bytes([table, 0, 1, 5, 1, 1, 1, 1, 1, 1, *[0] * 7, *range(12)])


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
