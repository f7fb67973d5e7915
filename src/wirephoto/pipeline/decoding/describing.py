"""What a picture looks like, in a few bytes: a blurred preview, a colour, a hash."""

from collections.abc import Iterable

import blurhash
import pyvips

from wirephoto.pipeline.decoding import message, opening

_SIDE = 32
_BLURRED = (4, 3)  # components across and down
_SHADES = 16  # of each channel, in which colours are counted
_Pixel = tuple[int, int, int]


def describe(job: message.Describe, data: bytes) -> message.Described:
    """Of the picture as its viewer sees it, over white; of an animation the first frame.

    Raises:
        errors.TooManyPixels, opening.Failure: as ``opening.opened``.
    """
    side = 2 * _SIDE
    image = opening.shrunk(data, job.kind, job.max_pixels, side, height=side, size="force")
    image = image.colourspace("srgb").cast("uchar")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    image = image.copy_memory()
    small = _rows(image.shrink(2, 2))
    halved = [row[::2] for row in small[::2]]
    return message.Described(
        blurhash=blurhash.encode(halved, *_BLURRED),
        color=_dominant(pixel for row in small for pixel in row),
        hash=_difference_hash(image),
    )


def _rows(image: pyvips.Image) -> list[list[_Pixel]]:
    values = bytes(image[0:3].cast("uchar").write_to_memory())
    pixels = [(values[at], values[at + 1], values[at + 2]) for at in range(0, len(values), 3)]
    return [pixels[at : at + image.width] for at in range(0, len(pixels), image.width)]


def _dominant(pixels: Iterable[_Pixel]) -> str:
    """The mean of the shade that most pixels have, as ``#rrggbb``."""
    shades: dict[_Pixel, list[_Pixel]] = {}
    for pixel in pixels:
        red, green, blue = (channel * _SHADES // 256 for channel in pixel)
        shades.setdefault((red, green, blue), []).append(pixel)
    most = max(shades.values(), key=len)
    mean = [sum(channel) // len(most) for channel in zip(*most, strict=True)]
    return "#" + bytes(mean).hex()


def _difference_hash(image: pyvips.Image) -> int:
    """Whether each of 9 by 8 greys is darker than its right neighbour: 64 bits, signed.

    Neighbours stand in different parts of 16 bits, by which the alike are looked up: one that was
    all of a plain sky would be the same in a tenth of all pictures.
    """
    grey = image.colourspace("b-w").thumbnail_image(9, height=8, size="force").cast("uchar")
    values = bytes(grey[0].write_to_memory())
    places = [(row, column) for row in range(8) for column in range(8)]
    bits = 0
    for row, column in sorted(places, key=lambda place: sum(place) % 4):
        at = 9 * row + column
        bits = bits << 1 | (values[at] < values[at + 1])
    return bits - (1 << 64) if bits >> 63 else bits
