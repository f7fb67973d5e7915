"""What the scenes are painted with: gradients, lines, masks, light, noise.

A picture in the making is a libvips image of three bands of floats, 0 to 255, in sRGB; a mask is
one band, 0 to 1. Everything is lazy: libvips computes it when the picture is encoded.
"""

import array
import functools
import itertools
import math
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyvips

Image = Any  # pyvips has no types
Tone = str  # "f4a261": red, green, blue
Points = Sequence[float]

_COARSE = 8  # light is smooth: it is computed on a raster this much coarser
_GRAIN_SIZE = 256
_ROUGH_BLUR = 4.0  # pixels
_STEPS = 96  # of a gradient, before it is stretched


class Size(NamedTuple):
    """In pixels."""

    width: int
    height: int


def dice(seed: int) -> random.Random:
    """Chance that is the same each time."""
    return random.Random(seed)  # noqa: S311 - pictures, not secrets


def rgb(tone: Tone) -> list[float]:
    return [float(part) for part in bytes.fromhex(tone)]


def plain(size: Size, tone: Tone) -> Image:
    return (pyvips.Image.black(*size, bands=3) + rgb(tone)).cast("float")


def mix(first: Tone, second: Tone, share: float) -> Tone:
    """A tone between two; ``share`` is that of the second."""
    pairs = zip(bytes.fromhex(first), bytes.fromhex(second), strict=True)
    return bytes(round(one + (other - one) * share) for one, other in pairs).hex()


def gradient(size: Size, *tones: Tone) -> Image:
    """From top to bottom, the tones at equal distances."""
    parts = len(tones) - 1
    values = array.array("f")
    for step in range(_STEPS):
        place = step / (_STEPS - 1) * parts
        index = min(int(place), parts - 1)
        first, second = rgb(tones[index]), rgb(tones[index + 1])
        share = place - index
        values.extend(a + (b - a) * share for a, b in zip(first, second, strict=True))
    strip = pyvips.Image.new_from_memory(values.tobytes(), 1, _STEPS, 3, "float")
    strip = strip.resize(1, vscale=(size.height + 1) / _STEPS, kernel="linear")
    return strip.embed(0, 0, *size, extend="copy")


@functools.lru_cache(maxsize=8)
def across(size: Size) -> Image:
    """The column of each pixel."""
    row = pyvips.Image.xyz(size.width, 1)[0].cast("float")
    return row.embed(0, 0, *size, extend="copy").copy_memory()


@functools.lru_cache(maxsize=8)
def down(size: Size) -> Image:
    """The row of each pixel."""
    column = pyvips.Image.xyz(1, size.height)[1].cast("float")
    return column.embed(0, 0, *size, extend="copy").copy_memory()


def line(size: Size, points: Points) -> Image:
    """A row for each column, in pixels, from points given as shares of the height."""
    values = array.array("f", (point * size.height for point in points))
    row = pyvips.Image.new_from_memory(values.tobytes(), len(points), 1, 1, "float")
    stretched = row.resize((size.width + 1) / len(points), vscale=1, kernel="cubic")
    return stretched.embed(0, 0, *size, extend="copy")


def below(size: Size, edge: Image, soft: float = 1.0) -> Image:
    """The mask of what lies below a line, its edge ``soft`` pixels deep."""
    return (down(size) - edge).linear(1 / soft, 0.5).clamp()


def waves(dice: random.Random, level: float, height: float, *, most: int = 4) -> list[float]:
    """A smooth line about a level."""
    parts = [
        (dice.uniform(0.5, 1.0) / turn, turn * dice.uniform(0.7, 1.2), dice.uniform(0, math.tau))
        for turn in range(1, most + 1)
    ]
    whole = sum(part[0] for part in parts)
    return [
        level
        + height
        * sum(a * math.sin(turn * math.tau * x / 96 + phase) for a, turn, phase in parts)
        / whole
        for x in range(97)
    ]


def ridge(
    dice: random.Random, level: float, height: float, *, rough: float = 0.5, splits: int = 8
) -> list[float]:
    """A jagged line about a level, by midpoint displacement."""
    points = [dice.uniform(-1, 1) for _ in range(4)]
    reach = 0.8
    for _ in range(splits - 1):
        reach *= rough
        halves = [
            (one + other) / 2 + dice.uniform(-reach, reach)
            for one, other in itertools.pairwise(points)
        ]
        points = [point for pair in zip(points, [*halves, 0], strict=True) for point in pair][:-1]
    return [level + height * point for point in points]


def wooded(dice: random.Random, points: Points, height: float, dense: float) -> list[float]:
    """The line with conifers on it; ``dense`` is their share of the places."""
    grown = list(points)
    at = 0
    while at < len(grown):
        half = dice.randint(2, 4)
        if dice.random() < dense:
            tall = height * dice.uniform(0.35, 1.0)
            for step in range(-half, half + 1):
                if 0 <= at + step < len(grown):
                    top = (
                        points[min(at, len(points) - 1)]
                        - tall * (1 - abs(step) / (half + 1)) ** 1.3
                    )
                    grown[at + step] = min(grown[at + step], top)
        at += half
    return grown


def lay(base: Image, over: Image | Tone, mask: Image) -> Image:
    """Paint a tone or an image over the base where the mask is.

    One operation, since libvips computes an image again for each use of it.
    """
    paint = rgb(over) if isinstance(over, str) else over
    return mask.linear(255, 0, uchar=True).ifthenelse(paint, base, blend=True)


def compose(base: Image, pieces: Sequence[tuple[Image, int, int]], mode: str = "over") -> Image:
    """Put pieces of four bands on a picture, each with its corner at a column and row."""
    images = [piece for piece, _, _ in pieces]
    columns, rows = [x for _, x, _ in pieces], [y for _, _, y in pieces]
    return developed(base).composite(images, mode, x=columns, y=rows)[0:3].cast("float")


def cut(body: Image, shape: Image) -> Image:
    """A piece: the body where the mask is, transparent elsewhere."""
    eight = body.clamp(min=0, max=255).cast("uchar").copy(interpretation="srgb")
    return eight.bandjoin((shape * 255).cast("uchar")).copy_memory()


def glow(size: Size, x: float, y: float, radius: float, squash: float = 1.0) -> Image:
    """A mask of light about a place given in shares; ``radius`` as a share of the height."""
    coarse = Size(size.width // _COARSE + 2, size.height // _COARSE + 2)
    aside = across(coarse) - x * size.width / _COARSE
    under = (down(coarse) - y * size.height / _COARSE) * squash
    far = (aside * aside + under * under) / (radius * size.height / _COARSE) ** 2
    return (far * -1).exp().resize(_COARSE, kernel="linear").crop(0, 0, *size)


def shine(base: Image, tone: Tone, mask: Image, strength: float = 1.0) -> Image:
    """Add light, less where it is bright already."""
    kept = mask.linear([-strength * part / 255 for part in rgb(tone)], [1, 1, 1])
    return (base.linear(-1, 255) * kept).linear(-1, 255)


def screen(base: Image, light: Image) -> Image:
    """Add the light of an image, less where it is bright already."""
    return (base.linear(-1, 255) * light.linear(-1 / 255, 1)).linear(-1, 255)


def disc(size: Size, x: float, y: float, radius: float, soft: float = 1.5) -> Image:
    """The mask of a disc; place in shares, radius as a share of the height."""
    aside, under = across(size) - x * size.width, down(size) - y * size.height
    far = (aside * aside + under * under) ** 0.5
    return far.linear(-1 / soft, radius * size.height / soft + 0.5).clamp()


def clouds(size: Size, seed: int, cell: float, *, stretch: float = 1.0, octaves: int = 4) -> Image:
    """Fractal noise of about -1 to 1; ``cell`` is the largest form as a share of the height."""
    narrow = Size(max(8, math.ceil(size.width / stretch)), size.height)
    total: Image = 0
    for octave in range(octaves):
        pixels = max(2, round(cell * size.height / 2**octave))
        layer = pyvips.Image.perlin(*narrow, cell_size=pixels, seed=seed + octave) / 1.8**octave
        total = layer + total
    if narrow.width == size.width:
        return total
    return total.resize(size.width / narrow.width, vscale=1, kernel="linear").embed(
        0, 0, *size, extend="copy"
    )


def specks(size: Size, dice: random.Random, count: int, deepest: float = 1.0) -> Image:
    """Single bright pixels, 0 to 1, down to a share of the height."""
    raster = bytearray(size.width * size.height)
    for _ in range(count):
        row = int(dice.random() * deepest * (size.height - 1))
        raster[row * size.width + dice.randrange(size.width)] = int(255 * dice.random() ** 3)
    return pyvips.Image.new_from_memory(bytes(raster), *size, 1, "uchar") / 255


def soften(image: Image, pixels: float) -> Image:
    rough = pixels > _ROUGH_BLUR  # boxes in a row look the same there, and are faster
    return image.gaussblur(pixels, precision="approximate" if rough else "integer")


def grain(image: Image, seed: int, sigma: float = 2.5) -> Image:
    """Film grain, from a small tile: nobody sees it repeat."""
    tile = pyvips.Image.gaussnoise(_GRAIN_SIZE, _GRAIN_SIZE, sigma=sigma, mean=0, seed=seed)
    tile = tile.copy_memory()
    columns, rows = -(-image.width // _GRAIN_SIZE), -(-image.height // _GRAIN_SIZE)
    return image + tile.replicate(columns, rows).crop(0, 0, image.width, image.height)


def developed(image: Image) -> Image:
    """Eight bits, sRGB, in memory."""
    return image.clamp(min=0, max=255).cast("uchar").copy(interpretation="srgb").copy_memory()
