"""A picture made smaller: turned as its viewer sees it, in sRGB, bare of what was embedded.

Who made it and whose it is stay (EXIF Artist and Copyright): pictures are passed on.
"""

import pyvips

from wirephoto import model
from wirephoto.pipeline.decoding import message, opening

_OPEN_SIDE = 10_000_000  # of the box: libvips' largest
_WHITE = [255.0, 255.0, 255.0]
_RIGHTS = ("exif-ifd0-Artist", "exif-ifd0-Copyright")
_TRANSPARENT = {model.Kind.PNG, model.Kind.WEBP, model.Kind.AVIF}


def render(job: message.Render, data: bytes) -> tuple[message.Rendered, bytes]:
    """As asked.

    Raises:
        errors.TooManyPixels, opening.Failure: as ``opening.opened``.
    """
    image = opening.shrunk(
        data,
        job.kind,
        job.max_pixels,
        job.width or _OPEN_SIDE,
        height=job.height or _OPEN_SIDE,
        size="down",
        crop="centre" if job.fit == "cover" else "none",
    )
    image = _plain(image, transparent=job.format in _TRANSPARENT)
    return message.Rendered(image.width, image.height), _SAVERS[job.format](image, job.quality)


def _plain(image: pyvips.Image, *, transparent: bool) -> pyvips.Image:
    """Eight bits of grey or sRGB; over white where the format shows nothing through."""
    image = image.colourspace("b-w" if image.bands < 3 else "srgb").cast("uchar")  # noqa: PLR2004 - grey, and alpha
    if image.hasalpha() and not transparent:
        image = image.flatten(background=_WHITE[: 1 if image.bands < 3 else 3])  # noqa: PLR2004 - as above
    image = image.copy()  # ours alone: its fields may be changed
    for name in opening.fields(image):
        if name.startswith("exif-") and name not in _RIGHTS:
            image.remove(name)
    return image


def _kept(image: pyvips.Image) -> str:
    return "exif" if any(map(image.get_typeof, _RIGHTS)) else "none"


def _jpeg(image: pyvips.Image, quality: int) -> bytes:
    return bytes(image.jpegsave_buffer(Q=quality, optimize_coding=True, keep=_kept(image)))


def _webp(image: pyvips.Image, quality: int) -> bytes:
    return bytes(image.webpsave_buffer(Q=quality, keep=_kept(image)))


def _avif(image: pyvips.Image, quality: int) -> bytes:
    """Its scale is another: 20 lower is about the same to the eye."""
    options = {"Q": quality - 20, "effort": 2, "keep": _kept(image)}
    return bytes(image.heifsave_buffer(compression="av1", **options))


def _png(image: pyvips.Image, _: int) -> bytes:
    return bytes(image.pngsave_buffer(compression=6, keep=_kept(image)))


_SAVERS = {
    model.Kind.JPEG: _jpeg,
    model.Kind.WEBP: _webp,
    model.Kind.AVIF: _avif,
    model.Kind.PNG: _png,
}
