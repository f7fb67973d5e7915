"""Metadata made to be read for ever, or into memory without end, around good pictures."""

import functools
import struct
import zlib

from tests.files import builders
from tests.files.hostile.case import Case

EXIF, XMP, ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
_MANY = 60_000


def directory_of(entries: list[bytes], following: int) -> bytes:
    """A little-endian TIFF block of one directory, which names the next one's place."""
    count = struct.pack("<H", len(entries))
    return b"II*\0\x08\0\0\0" + count + b"".join(entries) + struct.pack("<I", following)


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


def recursive() -> bytes:
    """Its next directory, its Exif and its GPS directory are itself."""
    own = 8
    return directory_of([entry(0x8769, 4, 1, own), entry(0x8825, 4, 1, own)], own)


def crowded() -> bytes:
    """60,000 tags, as many as a segment has no room for: cut off at its end."""
    return directory_of([entry(0x9000 + n % 1000, 4, 1, n) for n in range(5_000)], 8)


def lying() -> bytes:
    """Offsets past the end, counts beyond measure, a resolution of 1/0, unknown types."""
    return directory_of(
        [
            entry(0x010F, 2, 2**32 - 1, 2**32 - 1),
            entry(0x011A, 5, 1, 8),
            entry(0x0112, 200, 2**31, 2**31),
            entry(0x8769, 4, 1, 2**32 - 1),
        ],
        2**32 - 1,
    )


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    parts = [builders.segment(marker, content) for marker, content in segments]
    return builders.jpeg(*parts, builders.frame(7, 5), builders.scan())


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    return builders.png(7, 5, *(builders.chunk(name, content) for name, content in chunks))


def packed(size: int) -> bytes:
    """So many zeros, a thousandth of that."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def long_xmp(size: int) -> bytes:
    return b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * (size // 3)


def xmp_in_jpeg(size: int) -> bytes:
    """As many segments as it takes."""
    text = long_xmp(size)
    parts = [text[at : at + 65_000] for at in range(0, len(text), 65_000)]
    return jpeg_with(*((0xE1, XMP + part) for part in parts))


def xmp_in_gif(size: int) -> bytes:
    text = long_xmp(size)
    blocks = b"".join(
        bytes((len(part),)) + part
        for part in (text[at : at + 255] for at in range(0, len(text), 255))
    )
    extension = b"!\xff\x0bXMP DataXMP" + blocks + b"\0"
    return builders.gif(7, 5, extension, builders.gif_image(7, 5))


@functools.cache
def cases() -> dict[str, Case]:
    text_bomb, profile_bomb = packed(50 << 20), packed(500 << 20)
    texts = [(b"zTXt", b"Comment\0\0" + text_bomb)] * 100
    files = {
        "exif that goes round, jpeg": jpeg_with((0xE1, EXIF + recursive())),
        "exif that goes round, png": png_with((b"eXIf", recursive())),
        "exif of 5,000 tags, jpeg": jpeg_with((0xE1, EXIF + crowded())),
        "exif of 60,000 tags, png": png_with(
            (b"eXIf", directory_of([entry(n, 4, 1, n) for n in range(_MANY)], 8))
        ),
        "exif of lies, jpeg": jpeg_with((0xE1, EXIF + lying())),
        "exif of lies, webp": builders.webp(
            builders.vp8x(7, 5, 8), builders.vp8(7, 5), builders.riff_chunk(b"EXIF", lying())
        ),
        "exif of nothing, jpeg": jpeg_with((0xE1, EXIF)),
        "exif a thousand times, jpeg": jpeg_with(*[(0xE1, EXIF + lying())] * 1000),
        "xmp of 10 MB, jpeg": xmp_in_jpeg(10_000_000),
        "xmp of 10 MB, gif": xmp_in_gif(10_000_000),
        "xmp of 10 MB, png": png_with(
            (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + long_xmp(10_000_000))
        ),
        "xmp of 10 MB, webp": builders.webp(
            builders.vp8x(7, 5, 4),
            builders.vp8(7, 5),
            builders.riff_chunk(b"XMP ", long_xmp(10_000_000)),
        ),
        "texts of 5 GB, png": png_with(*texts),
        "profile of 500 MB, png": png_with((b"iCCP", b"icc\0\0" + profile_bomb)),
        "profile of 16 MB, jpeg": jpeg_with(
            *((0xE2, ICC + bytes((n, 255)) + bytes(65_000)) for n in range(1, 256))
        ),
        "iptc of lies, jpeg": jpeg_with(
            (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff\x1c\x02\x78\xff\xff")
        ),
        "tiff of lies": builders.tiff(
            7, 5, more={282: (5, 1, 0), 34665: (4, 1, 8), 33723: (200, 2**31, 2**31)}
        ),
    }
    return {name: Case(data) for name, data in files.items()}
