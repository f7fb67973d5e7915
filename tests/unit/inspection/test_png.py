import struct

import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model

WHOLE = builders.png(7, 5)
IDAT = slice(33, len(WHOLE) - 12)


def _with(header: bytes) -> bytes:
    return builders.PNG_SIGNATURE + header + WHOLE[33:]


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("a wrong checksum", _with(builders.header(7, 5)[:-1] + b"\0")),
        ("no width", _with(builders.header(0, 5))),
        ("no height", _with(builders.header(7, 0))),
        ("a side of 2^31", _with(builders.header(1 << 31, 1))),
        ("a depth of 3", _with(builders.header(7, 5, depth=3))),
        ("a palette of 16 bits", _with(builders.header(7, 5, depth=16, colour=3))),
        ("a colour type of 5", _with(builders.header(7, 5, colour=5))),
        ("an unknown compression", _with(builders.header(7, 5, rest=b"\1\0\0"))),
        ("an unknown interlacing", _with(builders.header(7, 5, rest=b"\0\0\2"))),
        ("data before the header", builders.PNG_SIGNATURE + WHOLE[IDAT] + WHOLE[8:]),
        ("a chunk name of no letters", WHOLE[:37] + b"\0\0\0\0" + WHOLE[41:]),
        ("an unknown critical chunk", WHOLE[:33] + builders.chunk(b"ABCD", b"x") + WHOLE[33:]),
        ("data that is no zlib stream", WHOLE[:41] + b"\0\0" + WHOLE[43:]),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(case: str, data: bytes) -> None:
    assert type(judged.error(data)) is errors.NotAnImage


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("no data", WHOLE[:33] + WHOLE[-12:]),
        ("no end", WHOLE[:-12]),
        ("half an end", WHOLE[:-4]),
        ("a length past the end", WHOLE[:33] + b"\x7f\xff\xff\xff" + WHOLE[37:]),
        ("less data than deflate could pack", _with(builders.header(9999, 999))),
    ],
)
def test_what_lacks_data_is_cut_off(case: str, data: bytes) -> None:
    assert type(judged.error(data)) is errors.Truncated


def test_a_png_of_an_ios_app_is_refused_by_its_name() -> None:
    refused = judged.error(_with(builders.chunk(b"CgBI", b"\x50\0\x20\2") + builders.header(7, 5)))
    assert type(refused) is errors.UnsupportedType
    assert "CgBI" in refused.reason


@pytest.mark.parametrize("side", [30_000, 65_535])
def test_a_flood_of_pixels_is_refused_by_the_header(side: int) -> None:
    assert type(judged.error(_with(builders.header(side, side)))) is errors.TooManyPixels


@pytest.mark.parametrize(("announced", "frames"), [(3, 3), (2, 2), (9, 3), (0, 1)])
def test_frames_are_those_both_announced_and_there(announced: int, frames: int) -> None:
    data = builders.apng(7, 5, frames=3, announced=announced)
    assert judged.picture(data) == model.Picture(model.Kind.PNG, 7, 5, frames)


def test_a_lying_number_of_frames_is_refused_by_the_header() -> None:
    data = builders.apng(7, 5, frames=1, announced=1 << 31)
    assert type(judged.error(data)) is errors.TooManyPixels


def test_an_animation_announced_after_the_data_is_a_still() -> None:
    late = builders.chunk(b"acTL", struct.pack(">II", 5, 0))
    assert judged.picture(builders.png(7, 5, after=(late,))).frames == 1
