import struct

import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model

WHOLE = builders.tiff(7, 5)
AFTER = len(WHOLE)
HUGE = 0xFFFF_FFF0


def test_pages_are_counted_and_reduced_copies_are_not() -> None:
    first = builders.tiff(7, 5, following=AFTER)
    entries = {256: (4, 1, 3), 257: (4, 1, 2), 273: (4, 1, 8), 279: (4, 1, 6)}
    second = builders.directory(entries, following=AFTER + 54)
    reduced = builders.directory({254: (4, 1, 1), **entries})
    assert judged.picture(first + second + reduced) == model.Picture(model.Kind.TIFF, 7, 5, 2)


def test_a_chain_that_bites_its_tail_is_walked_once() -> None:
    assert judged.picture(builders.tiff(7, 5, following=8)).frames == 1


def test_sub_directories_that_bite_their_tail_are_walked_once() -> None:
    assert judged.picture(builders.tiff(7, 5, more={330: (4, 1, 8), 34665: (4, 1, 8)})).frames == 1


@pytest.mark.parametrize(
    ("case", "more", "kind"),
    [
        ("a value past the end", {700: (1, 5000, 8)}, errors.Truncated),
        ("a value of a huge count", {700: (12, 0xFFFF_FFFF, 8)}, errors.Truncated),
        ("a sub-directory past the end", {330: (4, 1, HUGE)}, errors.Truncated),
        ("an Exif directory past the end", {34665: (4, 1, HUGE)}, errors.Truncated),
        ("strips past the end", {279: (4, 1, HUGE), 259: (3, 1, 5)}, errors.Truncated),
        ("empty strips", {279: (4, 1, 0)}, errors.Truncated),
        ("fewer strips than rows need", {278: (4, 1, 1)}, errors.Truncated),
        ("fewer strips than planes need", {277: (3, 1, 3), 284: (3, 1, 2)}, errors.Truncated),
        (
            "tiles without sizes",
            {322: (4, 1, 16), 323: (4, 1, 16), 324: (4, 1, 8)},
            errors.Truncated,
        ),
        ("no width", {256: (4, 1, 0)}, errors.NotAnImage),
        ("a width of text", {256: (2, 1, 7)}, errors.NotAnImage),
        ("a raw file", {50706: (1, 4, 1)}, errors.UnsupportedType),
        ("too many pixels", {256: (4, 1, 1 << 31), 257: (4, 1, 1 << 31)}, errors.TooManyPixels),
    ],
)
def test_a_directory_that_lies_is_refused(
    case: str, more: dict[int, tuple[int, int, int]], kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(builders.tiff(7, 5, more=more))) is kind


@pytest.mark.parametrize(
    ("case", "data", "kind"),
    [
        ("no directory", b"II*\0" + bytes(8), errors.NotAnImage),
        ("a directory past the end", b"MM\0*\xff\0\0\0", errors.Truncated),
        ("a directory of 1,001 entries", b"II*\0\x08\0\0\0\xe9\x03" + bytes(99), errors.NotAnImage),
        ("BigTIFF of other widths", b"II+\0\4\0\0\0" + bytes(8), errors.NotAnImage),
        ("BigTIFF far past the end", b"II+\0\x08\0\0\0" + b"\xff" * 8, errors.Truncated),
        (
            "BigTIFF of a huge count",
            b"II+\0\x08\0\0\0\x10" + bytes(7) + b"\xff" * 8,
            errors.NotAnImage,
        ),
    ],
)
def test_a_broken_frame_of_the_file_is_refused(
    case: str, data: bytes, kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(data)) is kind


def test_directories_that_share_one_long_list_come_to_an_end() -> None:
    number, values = 500, 50_000
    size = 2 + 5 * 12 + 4
    place = 8 + number * size
    entries = {
        256: (4, 1, 1),
        257: (4, 1, 1),
        278: (4, 1, 1),
        273: (4, values, place),
        279: (4, values, place),
    }
    chain = b"".join(
        builders.directory(entries, 8 + (page + 1) * size if page + 1 < number else 0)
        for page in range(number)
    )
    data = b"II*\0\x08\0\0\0" + chain + struct.pack("<I", 1) * values
    assert type(judged.error(data)) is errors.NotAnImage


def test_a_plain_strip_needs_the_bytes_of_its_pixels_whatever_its_table_says() -> None:
    data = builders.tiff(7, 5, more={279: (4, 1, HUGE)})
    assert judged.size(data) == (7, 5)
    assert type(judged.error(data[:-1])) is errors.Truncated
