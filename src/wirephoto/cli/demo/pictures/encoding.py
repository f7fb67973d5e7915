"""From a painted picture to the bytes of a file, in the varieties that archives hold."""

import pyvips

from wirephoto.cli.demo.pictures import canvas
from wirephoto.cli.demo.pictures.canvas import Image

_TURNS = {3: "rot180", 6: "rot270", 8: "rot90"}  # EXIF 2.32, tag 0x0112: how to undo each
_FRAME_MS = 140


def jpeg(image: Image) -> bytes:
    return bytes(_opaque(image).jpegsave_buffer(Q=86))


def progressive(image: Image) -> bytes:
    return bytes(_opaque(image).jpegsave_buffer(Q=82, interlace=True))


def grey(image: Image) -> bytes:
    return bytes(_opaque(image).colourspace("b-w").jpegsave_buffer(Q=86))


def lying(image: Image) -> bytes:
    """As a camera held upright stores it: on its side."""
    return _turned(image, 6)


def lying_left(image: Image) -> bytes:
    return _turned(image, 8)


def upside_down(image: Image) -> bytes:
    return _turned(image, 3)


def png(image: Image) -> bytes:
    return bytes(image.pngsave_buffer(compression=2))


def png_palette(image: Image) -> bytes:
    return bytes(image.pngsave_buffer(palette=True, bitdepth=8, effort=1))


def png_deep(image: Image) -> bytes:
    """16 bits a channel, grey."""
    deep = image.colourspace("b-w").cast("ushort", shift=True).copy(interpretation="grey16")
    return bytes(deep.pngsave_buffer(compression=2))


def png_interlaced(image: Image) -> bytes:
    return bytes(image.pngsave_buffer(compression=2, interlace=True))


def gif(image: Image) -> bytes:
    return bytes(image.gifsave_buffer(effort=1))


def animation(frames: list[Image]) -> bytes:
    """An animated GIF that runs for ever."""
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [_FRAME_MS] * len(frames))
    strip.set_type(pyvips.GValue.gint_type, "loop", 0)
    return bytes(strip.gifsave_buffer(effort=1))


def _turned(image: Image, orientation: int) -> bytes:
    stored = getattr(_opaque(image), _TURNS[orientation])().copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return bytes(stored.jpegsave_buffer(Q=86))


def _opaque(image: Image) -> Image:
    return image if image.bands == len(canvas.rgb("000000")) else image.flatten(background=255)
