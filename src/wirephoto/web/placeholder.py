"""A blurred preview before the picture comes: a blurhash as a tiny PNG in the page itself.

Made here and not in the browser: the page needs no script for it, shows it at the first paint, and
the policy allows ``data:`` for pictures alone (decision 0055).
"""

import base64
import struct
import zlib
from functools import lru_cache

import blurhash

_WIDTH, _HEIGHT = 6, 4  # a blurhash has four waves by three, and it is blurred once more
_REMEMBERED = 10_000


@lru_cache(_REMEMBERED)
def address(text: str) -> str:
    """``data:image/png;base64,…``; empty for what is no blurhash."""
    try:
        rows = blurhash.decode(text, _WIDTH, _HEIGHT)
    except (ValueError, LookupError):
        return ""
    png = _png([bytes(int(part) for pixel in row for part in pixel) for row in rows])
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _png(rows: list[bytes]) -> bytes:
    """Rows of 8-bit RGB, unfiltered (PNG, 3rd edition, 11.2.1)."""
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = (("IHDR", head), ("IDAT", content), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
