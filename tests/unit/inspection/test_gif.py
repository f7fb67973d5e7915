import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model

IMAGE = builders.gif_image(7, 5)
COMMENT = b"!\xfe\x03abc\0"
XMP = b"!\xff\x0bXMP DataXMP<x/>\x01" + bytes(range(255, -1, -1)) + b"\0"


@pytest.mark.parametrize(
    ("case", "screen", "size"),
    [
        ("the logical screen", (9, 8), (9, 8)),
        ("no screen: the first frame", (0, 0), (7, 5)),
        ("a screen smaller than its first frame", (3, 8), (7, 8)),
    ],
)
def test_the_size_is_that_of_the_canvas(
    case: str, screen: tuple[int, int], size: tuple[int, int]
) -> None:
    assert judged.size(builders.gif(*screen, IMAGE)) == size


def test_only_the_first_frame_grows_the_canvas() -> None:
    first = builders.gif_image(2, 2, left=8, top=1)
    data = builders.gif(7, 5, first, builders.gif_image(90, 90))
    assert judged.picture(data) == model.Picture(model.Kind.GIF, 10, 5, 2)


@pytest.mark.parametrize("blocks", [(COMMENT, IMAGE), (IMAGE, XMP), (b"\0\0", IMAGE, b"\0")])
def test_extensions_and_padding_are_passed_over(blocks: tuple[bytes, ...]) -> None:
    assert judged.picture(builders.gif(7, 5, *blocks)).frames == 1


@pytest.mark.parametrize(
    ("case", "data", "kind"),
    [
        ("no trailer", builders.gif(7, 5, IMAGE, end=b""), errors.Truncated),
        ("no picture", builders.gif(7, 5, COMMENT), errors.NotAnImage),
        (
            "a frame without data",
            builders.gif(7, 5, builders.gif_image(7, 5, data=b"\2\0")),
            errors.NotAnImage,
        ),
        ("a frame without size", builders.gif(7, 5, builders.gif_image(0, 5)), errors.NotAnImage),
        ("an unknown block", builders.gif(7, 5, IMAGE, b"\x99"), errors.NotAnImage),
        (
            "a code size of 12",
            builders.gif(7, 5, builders.gif_image(7, 5, data=b"\x0c\1a\0")),
            errors.NotAnImage,
        ),
    ],
)
def test_what_no_viewer_shows_is_refused(
    case: str, data: bytes, kind: type[errors.PictureError]
) -> None:
    assert type(judged.error(data)) is kind


def test_many_frames_of_a_large_canvas_are_refused_on_the_way() -> None:
    data = builders.gif(1000, 1000, builders.gif_image(1, 1) * 20_000, end=b"")
    assert type(judged.error(data)) is errors.TooManyPixels


def test_a_huge_screen_around_a_small_frame_is_refused() -> None:
    assert type(judged.error(builders.gif(60_000, 60_000, IMAGE))) is errors.TooManyPixels
