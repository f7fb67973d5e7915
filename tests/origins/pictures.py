"""Real pictures made in memory: small, valid, and distinct where a test needs many."""

import base64
import functools
import struct
import zlib

_JPEG_8X6 = base64.b64decode(
    "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/"
    "wAALCAAGAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)
_LONGEST_COMMENT = 65_533


def jpeg(number: int = 0, size: int = 0) -> bytes:
    """A grey JPEG of 8 x 6 pixels; ``number`` makes it distinct, ``size`` pads it to that length.

    Padding is comment segments (ITU T.81, B.2.4.5), so a size within 4 bytes of what is there
    already comes out a little larger.
    """
    head = _JPEG_8X6[:2] + _comment(b"picture %d" % number)
    missing = size - len(head) - len(_JPEG_8X6) + 2
    padding = []
    while missing > 0:
        room = min(max(missing - 4, 0), _LONGEST_COMMENT)
        padding.append(_comment(b"." * room))
        missing -= room + 4
    return b"".join([head, *padding, _JPEG_8X6[2:]])


def _comment(text: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xFE, len(text) + 2) + text


@functools.cache
def png(width: int, height: int) -> bytes:
    """A black greyscale PNG."""
    rows = zlib.compress((b"\0" * (width + 1)) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def svg(padding: int = 0) -> bytes:
    """A drawing of 10 by 20 that runs a script where it may, with so much in a path."""
    path = "M0 0L1 1 " * (padding // 9)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20">'
        f'<script>alert(1)</script><path d="{path}"/></svg>'
    ).encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
