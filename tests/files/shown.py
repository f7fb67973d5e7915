"""Pictures whose look is known: four quarters, red, green, blue and white as a viewer sees them."""

from collections.abc import Callable
from typing import Any

import pyvips

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)
Colour = tuple[int, int, int]

# What a camera stores for it to be seen upright, by the EXIF tag that it writes.
_STORED: dict[int, Callable[[Any], Any]] = {
    1: lambda image: image,
    2: lambda image: image.fliphor(),
    3: lambda image: image.rot180(),
    4: lambda image: image.flipver(),
    5: lambda image: image.rot90().fliphor(),
    6: lambda image: image.rot270(),
    7: lambda image: image.rot270().fliphor(),
    8: lambda image: image.rot90(),
}


def quarters(width: int = 600, height: int = 400) -> Any:
    rows = [
        _plain(width // 2, height // 2, left).join(
            _plain(width // 2, height // 2, right), "horizontal"
        )
        for left, right in ((RED, GREEN), (BLUE, WHITE))
    ]
    return rows[0].join(rows[1], "vertical").cast("uchar").copy(interpretation="srgb")


def _plain(width: int, height: int, colour: Colour) -> Any:
    return pyvips.Image.black(width, height, bands=3) + list(colour)


def turned(orientation: int) -> bytes:
    """As JPEG, with what a camera says of itself and of whose the picture is."""
    image = _STORED[orientation](quarters()).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    for name, text in {"Copyright": "(c) Somebody", "Make": "A camera"}.items():
        image.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{name}", f"{text} (x, ASCII, 9)")
    return bytes(image.jpegsave_buffer())


def fading() -> Any:
    """Transparent at its left edge, opaque at its right."""
    return quarters().bandjoin((pyvips.Image.xyz(600, 400)[0] * 255 / 600).cast("uchar"))


def decoded(data: bytes) -> Any:
    return pyvips.Image.new_from_buffer(data, "")


def corners(image: Any) -> list[list[float]]:
    """Colours in the middle of the quarters, in the order red, green, blue, white."""
    return [image(image.width * x // 4, image.height * y // 4) for y in (1, 3) for x in (1, 3)]


def differences(data: bytes, expected: tuple[Colour, ...] = (RED, GREEN, BLUE, WHITE)) -> float:
    """The largest difference of any channel of any quarter."""
    found = corners(decoded(data).colourspace("srgb"))
    return max(
        abs(have - want)
        for one, colour in zip(found, expected, strict=True)
        for have, want in zip(one, colour, strict=False)
    )
