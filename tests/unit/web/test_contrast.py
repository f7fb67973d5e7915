"""Every text and edge is told from its ground, in light and dark, by the ratios of WCAG 2.2."""

import re
from pathlib import Path

import pytest

import wirephoto

assert wirephoto.__file__ is not None
TOKENS = (Path(wirephoto.__file__).parent / "web/static/tokens.css").read_text("utf-8")
COLOURS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)
}
GROUNDS = ["bg", "surface", "sunken", "hover"]
STATES = ["success", "skipped", "failed", "running", "queued", "parked"]
WORDS, EDGES = 4.5, 3.0  # 1.4.3, and 1.4.11
PAIRS = [
    *(
        (text, ground, WORDS)
        for text in ["text", "text-2", "text-3", "accent", "accent-hover", *STATES]
        for ground in GROUNDS
    ),
    *((text, "accent-soft", WORDS) for text in ["text", "text-2", "text-3", "accent", "failed"]),
    *((text, f"{state}-soft", WORDS) for state in STATES for text in [state, "text", "text-2"]),
    *(("on-accent", ground, WORDS) for ground in ["accent", "accent-hover"]),
    *(("control", ground, EDGES) for ground in [*GROUNDS, "stage"]),
    *(("accent", ground, EDGES) for ground in ["bg", "surface", "stage", "accent-soft"]),
    *(
        (f"bar-{state}", ground, EDGES)
        for state in ["success", "skipped", "failed"]
        for ground in ["bg", "surface"]
    ),
]


def luminance(colour: str) -> float:
    """Relative, of ``#rrggbb``."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_of_black_and_white_is_twenty_one() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_read_stands_out_from_every_ground(theme: str) -> None:
    low = {
        (text, ground): found
        for text, ground, least in PAIRS
        if (found := contrast(COLOURS[text][theme], COLOURS[ground][theme])) < least
    }
    assert not low
