import pytest

from tests.files import builders, samples
from tests.unit.inspection import judged
from wirephoto import errors, model

FRAME, SCAN = builders.frame(7, 5), builders.scan()
THREE = (1, 2, 3)


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("fill bytes before a marker", builders.jpeg(b"\xff\xff\xff" + FRAME, SCAN)),
        ("fill bytes before the end", builders.jpeg(FRAME, SCAN, end=b"\xff\xff\xff\xd9")),
        ("stray bytes between segments", builders.jpeg(FRAME, b"\0\0\0", SCAN)),
        ("restart markers", builders.jpeg(FRAME, builders.scan(b"\x12\xff\xd0\x34\xff\xd7\x56"))),
        ("arithmetic coding", builders.jpeg(builders.frame(7, 5, marker=0xC9), SCAN)),
        ("lossless", builders.jpeg(builders.frame(7, 5, marker=0xC3), SCAN)),
        ("a table between scans", builders.jpeg(FRAME, SCAN, builders.segment(0xC4, b"x"), SCAN)),
        (
            "one scan a component",
            builders.jpeg(
                builders.frame(7, 5, components=THREE),
                *(builders.scan(components=(number,)) for number in THREE),
            ),
        ),
        (
            "a thumbnail with an end of its own",
            builders.jpeg(builders.segment(0xE1, builders.jpeg(FRAME, SCAN)), FRAME, SCAN),
        ),
        ("script in a comment", builders.jpeg(builders.segment(0xFE, b"*/=1;"), FRAME, SCAN)),
    ],
)
def test_what_viewers_show_is_taken(case: str, data: bytes) -> None:
    assert judged.picture(data) == model.Picture(model.Kind.JPEG, 7, 5)


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("no end marker", builders.jpeg(FRAME, SCAN, end=b"")),
        ("half an end marker", builders.jpeg(FRAME, SCAN, end=b"\xff")),
        ("an end in a thumbnail only", builders.jpeg(builders.segment(0xE1, b"\xff\xd9"), end=b"")),
        ("a scan without data", builders.jpeg(FRAME, builders.scan(b""))),
        ("no scan", builders.jpeg(FRAME)),
        (
            "a component without scan",
            builders.jpeg(builders.frame(7, 5, components=THREE), builders.scan(components=(1, 2))),
        ),
        ("a segment longer than the file", builders.jpeg(b"\xff\xe0\xff\xff", FRAME, SCAN)),
    ],
)
def test_what_lacks_data_is_cut_off(case: str, data: bytes) -> None:
    assert type(judged.error(data)) is errors.Truncated


@pytest.mark.parametrize(
    ("case", "data", "kind"),
    [
        ("nothing between the ends", builders.jpeg(), errors.NotAnImage),
        ("no frame", builders.jpeg(SCAN), errors.NotAnImage),
        ("two frames", builders.jpeg(FRAME, FRAME, SCAN), errors.NotAnImage),
        ("no width", builders.jpeg(builders.frame(0, 5), SCAN), errors.NotAnImage),
        (
            "height after the data",
            builders.jpeg(builders.frame(7, 0), SCAN),
            errors.UnsupportedType,
        ),
        ("no components", builders.jpeg(builders.frame(7, 5, components=())), errors.NotAnImage),
        ("a length of one", builders.jpeg(b"\xff\xe0\0\1", FRAME, SCAN), errors.NotAnImage),
        ("a second start", builders.jpeg(FRAME, b"\xff\xd8", SCAN), errors.NotAnImage),
        ("hierarchical", builders.jpeg(builders.frame(7, 5, marker=0xC5)), errors.UnsupportedType),
        (
            "twelve bits a sample",
            builders.jpeg(builders.frame(7, 5, marker=0xC1, precision=12), SCAN),
            errors.UnsupportedType,
        ),
        ("JPEG-LS", builders.jpeg(builders.frame(7, 5, marker=0xF7)), errors.UnsupportedType),
    ],
)
def test_what_no_viewer_shows_is_refused(
    case: str, data: bytes, kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(data)) is kind


def test_a_picture_appended_to_a_picture_is_not_looked_at() -> None:
    sample = samples.sample("jpeg baseline")
    assert judged.picture(sample.data + sample.data[:500]) == sample.picture


def test_pixels_are_refused_by_the_header_before_the_rest_is_read() -> None:
    data = b"\xff\xd8" + builders.frame(65535, 65535)
    assert type(judged.error(data)) is errors.TooManyPixels


def test_a_file_of_nothing_but_segments_comes_to_an_end() -> None:
    assert type(judged.error(b"\xff\xd8" + b"\xff\xe0\0\2" * 70_000)) is errors.NotAnImage
