import struct

import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model

STILL, ANIMATED = builders.vp8x(7, 5), builders.vp8x(7, 5, flags=2)
IMAGE, FRAME = builders.vp8(7, 5), builders.anmf(7, 5)


def _lossless(width: int, height: int, version: int = 0) -> bytes:
    bits = (width - 1) | (height - 1) << 14 | version << 29
    return builders.riff_chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits) + b"\0\0")


@pytest.mark.parametrize(
    "chunks",
    [(IMAGE,), (_lossless(7, 5),), (STILL, IMAGE), (STILL, b"abcd\0\0\0\0", _lossless(7, 5))],
)
def test_all_three_forms_are_read(chunks: tuple[bytes, ...]) -> None:
    assert judged.picture(builders.webp(*chunks)) == model.Picture(model.Kind.WEBP, 7, 5)


def test_frames_are_counted() -> None:
    assert judged.picture(builders.webp(ANIMATED, *[FRAME] * 9)).frames == 9


@pytest.mark.parametrize(
    ("case", "chunks", "kind"),
    [
        ("nothing", (), errors.Truncated),
        ("a header alone", (STILL,), errors.Truncated),
        ("an animation without frames", (ANIMATED, IMAGE), errors.Truncated),
        (
            "a frame without a picture",
            (ANIMATED, builders.riff_chunk(b"ANMF", bytes(16))),
            errors.Truncated,
        ),
        ("a frame in a still", (STILL, IMAGE, FRAME), errors.NotAnImage),
        (
            "a frame before the animation begins",
            (ANIMATED.replace(b"ANIM", b"JUNK"), FRAME),
            errors.NotAnImage,
        ),
        ("a chunk past the end", (STILL, b"ALPH\xff\xff\0\0"), errors.Truncated),
        ("an unknown first chunk", (builders.riff_chunk(b"JUNK", bytes(20)),), errors.NotAnImage),
        ("headers that disagree", (STILL, builders.vp8(9, 9)), errors.NotAnImage),
        ("no width", (builders.vp8(0, 5),), errors.NotAnImage),
        ("an unknown version", (_lossless(7, 5, version=1),), errors.NotAnImage),
        ("a short header", (builders.riff_chunk(b"VP8X", bytes(4)),), errors.NotAnImage),
        ("no key frame", (IMAGE.replace(b"\0\0\0\x9d", b"\1\0\0\x9d"),), errors.NotAnImage),
        (
            "a partition past the end",
            (IMAGE.replace(b"\0\0\0\x9d", b"\0\xff\0\x9d"),),
            errors.Truncated,
        ),
    ],
)
def test_what_no_viewer_shows_is_refused(
    case: str, chunks: tuple[bytes, ...], kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(builders.webp(*chunks))) is kind


def test_the_stated_length_decides_where_it_ends() -> None:
    data = builders.webp(IMAGE)
    assert type(judged.error(data[:4] + b"\xff\xff\xff\xff" + data[8:])) is errors.Truncated


def test_a_large_canvas_is_refused_by_its_header() -> None:
    data = builders.webp(builders.vp8x(16_384, 16_384), IMAGE)
    assert type(judged.error(data)) is errors.TooManyPixels
