"""libvips under limits. Imported by the child alone, before it gives up its rights.

Loaders of our kinds are let in one by one; what libvips itself calls untrusted stays out besides.
Threads are made before the doors close: most of what it does runs on those.
"""

import os
import re

os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["VIPS_MAX_THREADS"] = "8"
os.environ["VIPS_DISC_THRESHOLD"] = "99g"  # there is no disk to go to: the limit of memory counts

import pyvips

from wirephoto import errors, model

Image = pyvips.Image
Failure = pyvips.Error

_LOADERS = {
    model.Kind.JPEG: ("VipsForeignLoadJpeg", Image.jpegload_buffer),
    model.Kind.PNG: ("VipsForeignLoadPng", Image.pngload_buffer),
    model.Kind.GIF: ("VipsForeignLoadNsgif", Image.gifload_buffer),
    model.Kind.WEBP: ("VipsForeignLoadWebp", Image.webpload_buffer),
    model.Kind.AVIF: ("VipsForeignLoadHeif", Image.heifload_buffer),
    model.Kind.TIFF: ("VipsForeignLoadTiff", Image.tiffload_buffer),
}
_CUT = re.compile(
    r"truncat|premature|unexpected end|end of file|eof|too short|not enough|incomplete"
)

_MEMORY = re.compile(r"out of memory|unable to allocate|cannot allocate")
# TIFF has more forms than any decoder: old JPEG, LZMA, twelve bits, Lab, tiles of separate planes.
_UNKNOWN = re.compile(
    r"not supported|not configured|unsupported|not a whole number of bytes|bad labq|not \d+ bands"
)


def prepare() -> None:
    """Let in what we take, and warm up what would be loaded late."""
    pyvips.cache_set_max(0)  # no picture is asked for twice here
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name, _ in _LOADERS.values():
        pyvips.operation_block_set(name, False)


def opened(data: bytes, kind: model.Kind, max_pixels: int, **options: object) -> pyvips.Image:
    """The picture's first page, not decoded yet, and not turned.

    Raises:
        errors.TooManyPixels: by its header.
        Failure: libvips cannot read it as ``kind``.
    """
    _, load = _LOADERS[kind]
    image = load(data, **options)
    if image.width * image.height > max_pixels:
        size = f"{image.width} x {image.height}"
        raise errors.TooManyPixels(f"{size} pixels, at most {max_pixels} are allowed")
    return image


def shrunk(
    data: bytes, kind: model.Kind, max_pixels: int, width: int, **options: object
) -> pyvips.Image:
    """Its first page at most so wide, or as the options of ``thumbnail_buffer`` say; in sRGB.

    What is damaged is shown as far as it goes, as in browsers. Not of TIFF: strips of a compression
    that nobody here knows would be black.

    Raises:
        errors.TooManyPixels, Failure: as ``opened``.
    """
    opened(data, kind, max_pixels)
    loading = "fail_on=error" if kind is model.Kind.TIFF else ""  # its own fail_on does not reach
    options |= {"output_profile": "srgb", "option_string": loading}
    return Image.thumbnail_buffer(data, width, **options)


def fields(image: pyvips.Image) -> list[str]:
    """Their names. pyvips' own list breaks at one that is no UTF-8: PNG has its own in Latin-1."""
    listed = pyvips.vips_lib.vips_image_get_fields(image.pointer)
    names: list[str] = []
    while listed[len(names)] != pyvips.ffi.NULL:
        one = listed[len(names)]
        names.append(pyvips.ffi.string(one).decode("utf-8", "replace"))
        pyvips.glib_lib.g_free(one)
    pyvips.glib_lib.g_free(listed)
    return names


def refused(failure: pyvips.Error | UnicodeDecodeError) -> errors.PictureError:
    """What libvips said, as an error of ours. Its words may hold what a stranger wrote.

    ``UnicodeDecodeError``: pyvips could not read those words.
    """
    text = str(failure).lower()
    if _MEMORY.search(text):
        return errors.TooLarge("needs more memory than it may have")
    if _CUT.search(text):
        return errors.Truncated("a part of the picture is missing")
    if _UNKNOWN.search(text):
        return errors.UnsupportedType("a form of its kind that cannot be decoded here")
    return errors.NotAnImage("the picture is damaged: it cannot be decoded")
