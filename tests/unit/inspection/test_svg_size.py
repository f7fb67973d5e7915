import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors


def _size(**attributes: str) -> tuple[int, int]:
    return judged.size(builders.svg(opening=builders.svg_open(**attributes)))


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("10", 10),
        (" 10px ", 10),
        ("+1e2", 100),
        (".5E1", 5),
        ("7.", 7),
        ("72pt", 96),
        ("6pc", 96),
        ("1in", 96),
        ("2.54cm", 96),
        ("25.4mm", 96),
        ("101.6Q", 96),
        ("2em", 32),
        ("2rem", 32),
        ("2ex", 16),
        ("10PX", 10),
        ("0.1", 1),
        ("10.6", 11),
    ],
)
def test_lengths_are_in_css_pixels(text: str, pixels: int) -> None:
    assert _size(width=text, height="3") == (pixels, 3)


@pytest.mark.parametrize(
    "text", ["100%", "auto", "0", "-5", "10vw", "10 px x", "", "NaN", "1e", "٣"]
)
def test_lengths_that_say_nothing_count_as_absent(text: str) -> None:
    assert _size(width=text, height="3") == (300, 3)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({}, (300, 150)),
        ({"view_box": "0 0 64.4 32.6"}, (64, 33)),
        ({"view_box": "-5,-5,40,20", "width": "100%", "height": "100%"}, (40, 20)),
        ({"view_box": "0 0 4 2", "width": "100"}, (100, 50)),
        ({"view_box": "0 0 4 2", "height": "100"}, (200, 100)),
        ({"view_box": "0 0 4 2", "width": "9", "height": "8"}, (9, 8)),
        ({"view_box": "0 0 0 2"}, (300, 150)),
        ({"view_box": "0 0 4"}, (300, 150)),
        ({"width": "9"}, (9, 150)),
        ({"height": "9"}, (300, 9)),
    ],
)
def test_what_is_absent_follows_from_the_view_box(
    attributes: dict[str, str], size: tuple[int, int]
) -> None:
    assert _size(**attributes) == size


@pytest.mark.parametrize("width", ["200000", "1e999", "9" * 40, "1e9999"])
def test_a_huge_size_is_refused(width: str) -> None:
    data = builders.svg(opening=builders.svg_open(width=width, height="200000"))
    assert type(judged.error(data)) is errors.TooManyPixels
