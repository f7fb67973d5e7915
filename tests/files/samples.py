"""Pictures as encoders write them: one of each form that libvips makes, with what they are."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import pyvips

from tests.files import builders
from wirephoto import model

WIDTH, HEIGHT = 61, 43


class Sample(NamedTuple):
    """Bytes and the answer that inspection owes."""

    data: bytes
    picture: model.Picture


def _colour() -> Any:
    """A picture with some noise, so that its data is not a handful of bytes."""
    bands = [
        pyvips.Image.gaussnoise(WIDTH, HEIGHT, sigma=40, mean=90 + 30 * band, seed=band)
        for band in range(3)
    ]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")


def _grey() -> Any:
    return _colour().colourspace("b-w")


def _animation() -> Any:
    pages = [_colour().crop(0, 0, 20, 15) + 10 * number for number in range(3)]
    joined = pyvips.Image.arrayjoin([page.cast("uchar") for page in pages], across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", 15)
    return joined


def _cmyk() -> Any:
    return _colour().colourspace("cmyk")


def _deep() -> Any:
    return (_colour() * 257).cast("ushort").copy(interpretation="rgb16")


def _black_and_white() -> Any:
    return _grey() > 128


def _translucent() -> Any:
    return _colour().bandjoin(128)


_TILES = {"tile": True, "tile_width": 16, "tile_height": 16}
_SAVED: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "jpeg baseline": (_colour, {}),
    "jpeg progressive": (_colour, {"interlace": True}),
    "jpeg grey": (_grey, {}),
    "jpeg cmyk": (_cmyk, {"keep": "none"}),
    "jpeg restarts": (_colour, {"restart_interval": 1}),
    "jpeg full colour": (_colour, {"subsample_mode": "off"}),
    "png": (_colour, {}),
    "png 16 bit": (_deep, {}),
    "png interlaced": (_colour, {"interlace": True}),
    "png palette": (_colour, {"palette": True}),
    "png 1 bit": (_black_and_white, {"bitdepth": 1}),
    "png alpha": (_translucent, {}),
    "gif": (_colour, {}),
    "gif interlaced": (_colour, {"interlace": True}),
    "gif animated": (_animation, {}),
    "webp lossy": (_colour, {}),
    "webp lossless": (_colour, {"lossless": True}),
    "webp alpha": (_translucent, {}),
    "webp animated": (_animation, {}),
    "avif": (_colour, {}),
    "avif alpha": (_translucent, {}),
    "tiff strips": (_colour, {}),
    "tiff deflate": (_colour, {"compression": "deflate"}),
    "tiff tiles": (_colour, _TILES),
    "tiff pyramid": (_colour, {"pyramid": True, **_TILES}),
    "tiff sub-directories": (_colour, {"pyramid": True, "subifd": True, **_TILES}),
    "tiff big": (_colour, {"bigtiff": True}),
    "tiff cmyk": (_cmyk, {"keep": "none"}),
    "tiff pages": (_animation, {}),
}
_SAVE: dict[str, tuple[model.Kind, str, dict[str, Any]]] = {
    "jpeg": (model.Kind.JPEG, "jpegsave_buffer", {}),
    "png": (model.Kind.PNG, "pngsave_buffer", {}),
    "gif": (model.Kind.GIF, "gifsave_buffer", {}),
    "webp": (model.Kind.WEBP, "webpsave_buffer", {}),
    "avif": (model.Kind.AVIF, "heifsave_buffer", {"compression": "av1"}),
    "tiff": (model.Kind.TIFF, "tiffsave_buffer", {}),
}
_BUILT = {
    "jpeg by hand": (builders.jpeg(builders.frame(7, 5), builders.scan()), model.Kind.JPEG, 1),
    "png by hand": (builders.png(7, 5), model.Kind.PNG, 1),
    "apng by hand": (builders.apng(7, 5, frames=3), model.Kind.PNG, 3),
    "gif by hand": (builders.gif(7, 5, builders.gif_image(7, 5)), model.Kind.GIF, 1),
    "webp by hand": (builders.webp(builders.vp8(7, 5)), model.Kind.WEBP, 1),
    "webp frames by hand": (
        builders.webp(builders.vp8x(7, 5, 2), builders.anmf(7, 5), builders.anmf(7, 5)),
        model.Kind.WEBP,
        2,
    ),
    "avif by hand": (builders.avif(7, 5), model.Kind.AVIF, 1),
    "avis by hand": (
        builders.avis(builders.trak(7, 5, (10, 20)), builders.trak(7, 5, (1, 2)), media=33),
        model.Kind.AVIF,
        2,
    ),
    "tiff by hand": (builders.tiff(7, 5), model.Kind.TIFF, 1),
    "svg by hand": (
        builders.svg("<g><path d='M0 0'/></g>", opening=builders.svg_open(width="7", height="5")),
        model.Kind.SVG,
        1,
    ),
}

SAVED_NAMES = [*_SAVED]
BUILT_NAMES = [*_BUILT]


@functools.cache
def sample(name: str) -> Sample:
    """The sample of that name, made once in a process."""
    if name in _BUILT:
        data, kind, frames = _BUILT[name]
        return Sample(data, model.Picture(kind, 7, 5, frames))
    make, options = _SAVED[name]
    kind, save, always = _SAVE[name.split(maxsplit=1)[0]]
    data = bytes(getattr(make(), save)(**always, **options))
    size = (20, 15, 3) if make is _animation else (WIDTH, HEIGHT)
    return Sample(data, model.Picture(kind, *size))


@functools.cache
def turned(name: str, orientation: int) -> bytes:
    """A picture of 61 by 43 stored pixels in that format, with an EXIF orientation."""
    image = _colour().copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return bytes(getattr(image, _SAVE[name][1])(**_SAVE[name][2]))


def shown_by_libvips(data: bytes) -> tuple[int, int]:
    """Width and height of one page as libvips shows it, turned by its orientation."""
    image = pyvips.Image.new_from_buffer(data, "").autorot()
    return image.width, image.height
