import struct

import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model

WHOLE = builders.avif(7, 5)
PLACE = struct.pack(">I", len(WHOLE) - 4)  # of the item, as its table says it


def _clap(*fractions: int) -> bytes:
    return builders.box(b"clap", struct.pack(">8I", *fractions, 0, 1, 0, 1))


@pytest.mark.parametrize("brands", [b"avifmif1", b"mif1avif", b"mif1miafavif"])
def test_it_is_known_by_any_of_its_brands(brands: bytes) -> None:
    assert judged.picture(builders.avif(7, 5, brands=brands)).kind is model.Kind.AVIF


@pytest.mark.parametrize(
    ("fractions", "size"),
    [
        ((4, 1, 3, 1), (4, 3)),
        ((9, 1, 3, 1), (7, 5)),
        ((4, 0, 3, 1), (7, 5)),
        ((1, 9, 3, 1), (7, 5)),
    ],
)
def test_a_clean_aperture_cuts_if_it_lies_inside(
    fractions: tuple[int, ...], size: tuple[int, int]
) -> None:
    assert judged.size(builders.avif(7, 5, _clap(*fractions))) == size


def test_a_sequence_counts_the_frames_of_its_picture_track() -> None:
    alpha = builders.trak(7, 5, (1,) * 9, handler=b"auxv")
    data = builders.avis(alpha, builders.trak(7, 5, (5, 6)), media=20)
    assert judged.picture(data) == model.Picture(model.Kind.AVIF, 7, 5, 2)


@pytest.mark.parametrize(
    ("case", "data", "kind"),
    [
        (
            "media shorter than its frames",
            builders.avis(builders.trak(7, 5, (9, 9)), media=17),
            errors.Truncated,
        ),
        ("no frames", builders.avis(builders.trak(7, 5, ()), media=9), errors.NotAnImage),
        ("no track", builders.avis(media=9), errors.NotAnImage),
        ("no size", builders.avif(0, 5), errors.NotAnImage),
        ("brands alone", builders.box(b"ftyp", b"avif", bytes(4)), errors.Truncated),
        ("a box of size 4", WHOLE + b"\0\0\0\4free", errors.NotAnImage),
        ("a box past the end", WHOLE + b"\0\0\1\0free", errors.Truncated),
        ("an item past the end", WHOLE.replace(PLACE, b"\x7f\xff\xff\xff"), errors.Truncated),
        ("no primary picture", WHOLE.replace(b"pitm", b"free"), errors.NotAnImage),
        ("no properties", WHOLE.replace(b"ipco", b"free"), errors.NotAnImage),
        ("no size among the properties", WHOLE.replace(b"ispe", b"free"), errors.NotAnImage),
        (
            "a huge number of items",
            WHOLE.replace(b"\x44\0\0\1", b"\x44\0\xff\xff"),
            errors.NotAnImage,
        ),
        ("a table of odd widths", WHOLE.replace(b"\x44\0\0\1", b"\x33\0\0\1"), errors.NotAnImage),
    ],
)
def test_what_no_viewer_shows_is_refused(
    case: str, data: bytes, kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(data)) is kind


def test_pixels_are_refused_by_the_header() -> None:
    assert type(judged.error(builders.avif(17_000, 17_000))) is errors.TooManyPixels
