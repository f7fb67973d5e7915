"""Few bytes that stand for many pixels, frames or parts, and headers that lie about them."""

import functools
import struct
import zlib

from tests.files import builders
from tests.files.hostile.case import Case

PIXELS = "too_many_pixels"


def png_claiming(width: int, height: int, data: bytes = b"\x78\x9c\x03\0\0\0\0\1") -> bytes:
    """One bit a pixel, the header alone being right."""
    parts = (builders.header(width, height, depth=1), builders.chunk(b"IDAT", data))
    return builders.PNG_SIGNATURE + b"".join(parts) + builders.chunk(b"IEND")


def png_flood(side: int) -> bytes:
    """A whole picture of one bit a pixel, all black: 30,000 x 30,000 take 109 kB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(side))
    return png_claiming(side, side, rows + packer.flush())


def apng_announcing(frames: int) -> bytes:
    return builders.apng(7, 5, frames=2, announced=frames)


def gif_of(frames: int, side: int) -> bytes:
    return builders.gif(side, side, builders.gif_image(1, 1) * frames)


def webp_of(frames: int, side: int) -> bytes:
    """An animation of small frames on a large canvas."""
    return builders.webp(builders.vp8x(side, side, 2), builders.anmf(7, 5) * frames)


def avis_of(frames: int, side: int) -> bytes:
    track = builders.trak(side, side, (1,) * frames)
    return builders.avis(track, media=frames)


def tiff_in_a_circle() -> bytes:
    """Its second directory is its first."""
    return builders.tiff(7, 5, following=8)


def tiff_of_one_strip_a_row(rows: int) -> bytes:
    """All rows lie at the same place."""
    places = 8 + 2 + 12 * 6 + 4
    entries = {
        256: (4, 1, 1),
        257: (4, 1, rows),
        273: (4, rows, places),
        278: (4, 1, 1),
        279: (4, rows, places),
        277: (3, 1, 1),
    }
    return b"II*\0\x08\0\0\0" + builders.directory(entries) + struct.pack("<I", 8) * rows


@functools.cache
def cases() -> dict[str, Case]:
    huge = builders.frame(65_500, 65_500)
    return {
        "a black png of 30,000 x 30,000": Case(png_flood(30_000), PIXELS),
        "a png that claims 65,535 x 65,535": Case(png_claiming(65_535, 65_535), PIXELS),
        "a png that claims 2^31-1 x 2^31-1": Case(png_claiming(2**31 - 1, 2**31 - 1), PIXELS),
        "a png that claims more than it holds": Case(png_claiming(10_000, 10_000), "truncated"),
        "an apng of 2^31 frames": Case(apng_announcing(2**31), PIXELS),
        "an apng of 20,000 frames": Case(builders.apng(7, 5, frames=20_000), PIXELS),
        "a gif of 20,000 frames of a megapixel": Case(gif_of(20_000, 1000), PIXELS),
        "a gif of 20,000 small frames": Case(gif_of(20_000, 1), PIXELS),
        "a gif screen of 60,000 x 60,000": Case(gif_of(1, 60_000), PIXELS),
        "a webp of 99 large pages": Case(webp_of(99, 16_000), PIXELS),
        "a webp of 20,000 frames": Case(webp_of(20_000, 7), PIXELS),
        "a webp canvas of 2^24 x 2^24": Case(webp_of(1, 2**24), PIXELS),
        "an avif of 17,000 x 17,000": Case(builders.avif(17_000, 17_000), PIXELS),
        "an avif sequence of 20,000 frames": Case(avis_of(20_000, 7), PIXELS),
        "an avif sequence of large frames": Case(avis_of(900, 1000), PIXELS),
        "a jpeg of 65,500 x 65,500": Case(builders.jpeg(huge, builders.scan()), PIXELS),
        "a tiff of 2^32-1 x 2^32-1": Case(
            builders.tiff(1, 1, more={256: (4, 1, 2**32 - 1), 257: (4, 1, 2**32 - 1)}), PIXELS
        ),
        "a tiff whose directories go round": Case(tiff_in_a_circle()),
        "a tiff of 900,000 strips": Case(tiff_of_one_strip_a_row(900_000)),
        "a tiff of three million strips": Case(tiff_of_one_strip_a_row(3_000_000), "not_an_image"),
        "an svg of 200,000 x 200,000": Case(
            builders.svg(opening=builders.svg_open(width="200000", height="200000")), PIXELS
        ),
    }
