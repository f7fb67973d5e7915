"""The pictures of the demo: a scene, its size, its seed, its tones, and how it is stored.

Everything follows from the seeds: the same pictures on every machine with the same libvips.
"""

import os
import re
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass

import pyvips

from wirephoto import model
from wirephoto.cli.demo import samples
from wirephoto.cli.demo.pictures import (
    canvas,
    drawings,
    embedded,
    encoding,
    land,
    leaves,
    town,
    water,
)

Scene = Callable[[canvas.Size, int, tuple[canvas.Tone, ...]], canvas.Image]
Embed = Callable[[bytes, embedded.Caption], bytes]

_IIM, _XMP, _XMP_PNG = embedded.iim_in_jpeg, embedded.xmp_in_jpeg, embedded.xmp_in_png
_GRAINLESS = {leaves.leaf}
_SOURCE = "wirephoto demo"


def _both(jpeg: bytes, caption: embedded.Caption) -> bytes:
    return _XMP(_IIM(jpeg, caption), caption)


@dataclass(frozen=True, slots=True)
class Photo:
    """One painted picture. ``tones`` are separated by blanks; ``creator`` is embedded."""

    title: str
    caption: str
    scene: Scene
    size: tuple[int, int]
    seed: int
    tones: str
    encode: Callable[[canvas.Image], bytes] = encoding.jpeg
    embed: Embed | None = None
    creator: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One SVG, and the size that a browser gives it."""

    title: str
    caption: str
    draw: Callable[[int], bytes]
    size: tuple[int, int]
    seed: int


_PHOTOS = (
    Photo("Dunes at first light", "The wind has drawn its lines by six in the morning.",
          land.dunes, (840, 560), 1, "3a6ea5 f6c28b fff3d6 e9b872 8a4f2d",
          embed=_both, creator="Ada Fern"),
    Photo("Red dunes", "The same sand, an hour before dark.",
          land.dunes, (630, 840), 2, "2b1b3d e07a5f ffe0b0 d98e5f 4a2433",
          encoding.lying, creator="Ada Fern", embed=_XMP),
    Photo("White desert", "Gypsum, not snow.",
          land.dunes, (1000, 500), 13, "4f86b8 dbe7ee ffffff f4efe6 8d9bb0", encoding.progressive),
    Photo("Dunes after rain", "For one night the sand keeps its colour.",
          land.dunes, (640, 640), 24, "54546b d7b9a5 ffe9cf b98a63 4b3a3f", encoding.png_palette),
    Photo("Hills in fog", "Six ranges before breakfast.",
          land.hills, (1080, 720), 3, "8fb6d3 f3dcc0 e6e3dc 1f3b3a fff1cf",
          encoding.progressive, _IIM, "Jonas Weir"),
    Photo("Last light over the ranges", "The sun stands on the ridge for a minute.",
          land.hills, (840, 560), 4, "2a2f4f c46a6a e8a98a 1a1530 ffd9a0"),
    Photo("Blue hour in the valley", "Fog fills the valley as the lamps go on.",
          land.hills, (560, 840), 15, "16213e 53749c 93aac4 0b132b f2e9d0", encoding.lying_left),
    Photo("Morning above the tree line", "The path begins where the trees end.",
          land.hills, (720, 540), 26, "6fb1c8 f7ead2 dfe6dc 24452f fff6d8", encoding.png),
    Photo("Ridge lines", "Shades of one grey.",
          land.hills, (780, 520), 37, "bfc5cc eef0f2 dde1e5 1c1f24 ffffff", encoding.grey),
    Photo("Tulips in five colours", "Rows as straight as the dyke behind them.",
          land.fields, (1080, 720), 5, "4f8fc9 e3eef5 3c5a2a c8324a f2c037 e8e3ef b0488f",
          embed=_IIM, creator="Mila Oort"),
    Photo("Lavender", "Two weeks in July.",
          land.fields, (840, 560), 6, "7b8fc7 f7d9c4 41502f 7a5aa8 8d6bbb",
          encoding.progressive, _XMP, "Mila Oort"),
    Photo("Young barley", "A field of one idea.",
          land.fields, (640, 800), 17, "5aa0d6 eaf4f4 5b4a2c 7fae4b 98c15a"),
    Photo("Sunflowers, far away", "They all look the other way.",
          land.fields, (960, 480), 28, "3f7fbf f4e6c3 4a4a20 f2b71f e8a30c c98f12",
          encoding.png_interlaced),
    Photo("Birches in October", "The leaves are down, the light stays.",
          land.birches, (840, 560), 7, "e8e4cf d9a441 8a5a2b eceae2 2c2723",
          embed=_both, creator="Runa Holt"),
    Photo("Birches in May", "Green before anything else.",
          land.birches, (640, 900), 8, "dfe8e6 7f9f6a 5f6b45 f0efe9 2f2f2c", encoding.progressive),
    Photo("Birches in snow", "White on white, with lines.",
          land.birches, (800, 533), 19, "eef2f6 b7c4d1 dfe6ec f4f5f6 2b2d33", encoding.grey),
    Photo("Sea at dusk", "The ferry left; the light has not.",
          water.sea, (1080, 720), 1, "2b3a67 c8553d f2a65a ffe2a6 14213d",
          embed=_IIM, creator="Tove Lind"),
    Photo("Pale morning at sea", "No wind, no line between water and sky.",
          water.sea, (880, 495), 2, "6a8caf c9b8c8 f7d6bf fff4e0 34556b", encoding.progressive),
    Photo("The strait in winter", "Three degrees above, two below the surface.",
          water.sea, (560, 840), 33, "23395b 7f9bb3 e6d5c3 fff1d6 101d33", encoding.upside_down),
    Photo("Green sea", "Before the storm everything turns green.",
          water.sea, (600, 400), 14, "1d3b3f 5c8a72 d8cf9a fbf3c4 0d2a2b", encoding.gif),
    Photo("A sea of copper", "Seen from the cliff path.",
          water.sea, (680, 680), 45, "3b1f2b a23e48 f29559 ffe8b6 2a1a2e", encoding.png),
    Photo("Fair weather", "Heaps of clouds, a light wind from the west.",
          water.clouds, (1600, 900), 3, "2f6db5 a9d0ee ffffff 8fa3bd",
          encoding.progressive, _XMP, "Ilse Brandt"),
    Photo("Clouds at sunset", "Lit from below, for once.",
          water.clouds, (840, 560), 14, "33415c f2a07b ffd9b8 7a5c78"),
    Photo("Before the thunder", "The cold front, ten minutes away.",
          water.clouds, (720, 540), 25, "3c4653 8b97a3 d9dee3 48525e", encoding.png_deep),
    Photo("High above", "From the window seat.",
          water.clouds, (640, 480), 36, "123f7a 7fb2e5 ffffff a9bbd3", encoding.png),
    Photo("Full moon", "It takes two minutes to clear the ridge.",
          water.moon, (840, 560), 4, "0b1026 3b4a78 f4ecd8 0a0d1c",
          embed=_both, creator="Noor Vale"),
    Photo("Harvest moon", "Larger near the horizon, they say.",
          water.moon, (640, 800), 15, "1d1430 8a4b4b ffd59a 120a18", encoding.lying),
    Photo("Moon, grey", "The same moon on old film.",
          water.moon, (620, 620), 26, "101010 555555 f2f2f2 080808", encoding.grey),
    Photo("The Milky Way over the wood", "Thirty seconds, no moon.",
          water.stars, (1080, 720), 5, "060a1c 2a2f5a c9a9d6 03040a",
          embed=_IIM, creator="Noor Vale"),
    Photo("Summer stars", "Warm air, a clear night.",
          water.stars, (560, 840), 16, "071422 1f4a5a f0c9a0 02060a", encoding.progressive),
    Photo("Night watch", "One frame of four hundred.",
          water.stars, (800, 450), 27, "0a0716 3a2348 b48ad0 040208", encoding.png),
    Photo("Northern lights", "Twenty minutes after midnight.",
          water.aurora, (1080, 720), 6, "050b1f 123047 5ff2a0 a45ee5 dfeaf2",
          encoding.progressive, _XMP, "Tove Lind"),
    Photo("Curtains of light", "They move without a sound.",
          water.aurora, (720, 540), 17, "0a0a24 1d2b53 7af5c8 e05ea8 c9d6e5"),
    Photo("Blue aurora", "Rarer than the green one.",
          water.aurora, (600, 800), 28, "04081a 10294a 58c7f2 8a6cf0 d5e3f0", encoding.png),
    Photo("City at night", "Every window somebody's evening.",
          town.city, (1080, 720), 7, "0d1330 c06a6a 4a3f63 14162b",
          embed=_IIM, creator="Sami Park"),
    Photo("The harbour quarter", "Half of it is reflection.",
          town.city, (880, 495), 18, "0a1a2a 3f7f8f 26475a 0b1a26", encoding.progressive),
    Photo("Towers at dawn", "The last lamps of the night.",
          town.city, (640, 900), 29, "33395f f0a884 7b6384 2a2440"),
    Photo("Power cut, west side", "The east side has light again.",
          town.city, (720, 480), 40, "111111 3a3a3a 262626 0b0b0b", encoding.gif),
    Photo("Lights in the rain", "Through the windscreen, out of focus.",
          town.lights, (840, 560), 8, "0a0c18 2a1a2c ffb347 ff5e5e 6ec6ff fff0c9"),
    Photo("New Year's Eve", "Nobody held the camera still.",
          town.lights, (680, 680), 19, "0b0a1a 301a3a ffd166 ef476f 06d6a0 f8f1e5",
          encoding.progressive),
    Photo("Oranges and a lemon", "Kitchen table, north window.",
          town.fruit, (840, 630), 9, "4a3f3a 6b4a32 e8892b d9541e f2b632",
          embed=_XMP, creator="Ilse Brandt"),
    Photo("Plums", "The last of the tree.",
          town.fruit, (720, 540), 20, "56606a 4b3a34 5a3060 7a2f4f 43407a", encoding.png),
    Photo("Green leaves", "Looking up, early June.",
          leaves.foliage, (840, 560), 10, "e8f2a0 0f2a1a 3f8f3a 6fae3f 2c6e49",
          encoding.progressive),
    Photo("Leaves falling", "All of them in one afternoon.",
          leaves.foliage, (640, 800), 11, "ffe7a3 3a150f c8442b e8892b f2c14e",
          embed=_both, creator="Runa Holt"),
    Photo("A leaf, cut out", "For the herbarium page; transparent around it.",
          leaves.leaf, (600, 600), 12, "4f9d4a e4f2c3", encoding.png, _XMP_PNG, "Runa Holt"),
)  # fmt: skip

_DRAWINGS = (
    Drawing("Mountains, flat", "For the weather page.", drawings.ranges, (840, 560), 1),
    Drawing("A year in rings", "One ring a month.", drawings.rings, (600, 600), 2),
    Drawing(
        "Quarter circles", "Truchet's tiles, which always meet.", drawings.tiles, (720, 480), 3
    ),
    Drawing("Sixteen bars", "The tenth is the story.", drawings.bars, (820, 460), 4),
)

_RISE_SIZE = canvas.Size(384, 256)
_RISE_TONES = ("0b1026", "3b4a78", "f4ecd8", "0a0d1c")
_RISE_FRAMES = 10


def painted() -> list[samples.Sample]:
    """All of them, in the order above, the animation last."""
    pyvips.concurrency_set(1)  # a picture a thread is faster than several threads a picture
    with futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # libvips lets go of the lock
        photos = pool.map(_photo, _PHOTOS)
        rise = pool.submit(_moonrise)
        return [*photos, *map(_drawing, _DRAWINGS), rise.result()]


def _photo(photo: Photo) -> samples.Sample:
    size = canvas.Size(*photo.size)
    image = photo.scene(size, photo.seed, tuple(photo.tones.split()))
    if photo.scene not in _GRAINLESS:
        image = canvas.developed(canvas.grain(image, photo.seed))
    data = photo.encode(image)
    if photo.embed is not None:
        words = tuple(re.findall(r"[a-z]{4,}", photo.title.lower()))
        data = photo.embed(data, embedded.Caption(photo.title, photo.caption, photo.creator, words))
    return _sample(photo.title, photo.caption, data, model.Picture(_kind(data), *size))


def _drawing(drawing: Drawing) -> samples.Sample:
    picture = model.Picture(model.Kind.SVG, *drawing.size)
    return _sample(drawing.title, drawing.caption, drawing.draw(drawing.seed), picture)


def _moonrise() -> samples.Sample:
    frames = []
    for index in range(_RISE_FRAMES):
        over = 0.85 - 0.6 * index / (_RISE_FRAMES - 1)
        frames.append(canvas.developed(water.moon(_RISE_SIZE, 4, _RISE_TONES, over)))
    picture = model.Picture(model.Kind.GIF, *_RISE_SIZE, frames=_RISE_FRAMES)
    caption = "Ten frames, for ever."
    return _sample("The moon rises", caption, encoding.animation(frames), picture)


def _kind(data: bytes) -> model.Kind:
    starts = {b"\xff\xd8": model.Kind.JPEG, b"\x89P": model.Kind.PNG, b"GI": model.Kind.GIF}
    return starts[data[:2]]


def _sample(title: str, caption: str, data: bytes, picture: model.Picture) -> samples.Sample:
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return samples.Sample(slug, title, {"caption": caption, "source": _SOURCE}, data, picture)
