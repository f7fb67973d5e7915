"""The contents page of inspection: bytes in, a picture or one reason out."""

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

from wirephoto import errors, model
from wirephoto.pipeline.inspection import avif, gif, jpeg, kind, png, svg, tiff, webp
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds

Data = bounds.Data
Limits = bounds.Limits
kind_of = kind.kind_of

_CHEAP_BYTES: Final = 1 << 19

_READERS: Final[dict[model.Kind, Callable[[Data, Limits, carrying.Carried], model.Picture]]] = {
    model.Kind.PNG: png.read,
    model.Kind.JPEG: jpeg.read,
    model.Kind.GIF: gif.read,
    model.Kind.WEBP: webp.read,
    model.Kind.AVIF: avif.read,
    model.Kind.TIFF: tiff.read,
}


def inspect(data: Data, limits: Limits) -> model.Picture:
    """What the bytes are: kind, size as a viewer shows it, frames; whole by their structure.

    Raises:
        errors.UnsupportedType: an image, but not of a kind in ``limits.kinds``.
        errors.NotAnImage: no image, or one that is damaged beyond reading.
        errors.Truncated: its end is missing.
        errors.TooManyPixels, errors.TooLarge: over a limit.
        errors.UnsafeSvg: an SVG that must not go through the cleaner.
    """
    found = _accepted(data, limits)
    if found is model.Kind.SVG:
        return svg.read(data[: limits.max_svg_bytes + 1], limits).picture
    return _read(found, data, limits, carrying.Carried())


def inspect_body(body: model.Body, limits: Limits) -> model.Inspected | bytes:
    """``inspect`` for a raster picture in memory or in a file; of an SVG its bytes.

    An SVG is read and cleaned by ``apart``. Blocking: unless ``is_cheap(body)``, call it in a
    thread.

    Raises:
        errors.PictureError: as ``inspect``; ``errors.StorageFailed`` where the temporary file
            cannot be read.
    """
    if body.path is None or not body.size:
        return _inspected(body.data or b"", body, limits)
    with _mapped(body.path) as data:
        return _inspected(data, body, limits)


def is_cheap(body: model.Body) -> bool:
    """True if ``inspect_body`` takes some 100 microseconds, and 25 milliseconds at its worst."""
    data = body.data
    return data is not None and len(data) <= _CHEAP_BYTES and kind_of(data) is not model.Kind.SVG


def _accepted(data: Data, limits: Limits) -> model.Kind:
    found = kind.kind_of(data)
    if found is None:
        raise kind.refusal(data)
    if found not in limits.kinds:
        raise errors.UnsupportedType(f"a picture of type {found.name}, which is not taken here")
    return found


def _read(
    found: model.Kind, data: Data, limits: Limits, carried: carrying.Carried
) -> model.Picture:
    try:
        return _READERS[found](data, limits, carried)
    except (struct.error, IndexError) as error:  # a field that should be there lies past the end
        raise errors.Truncated(f"the {found.name} ends in the middle of its structure") from error


def _inspected(data: Data, body: model.Body, limits: Limits) -> model.Inspected | bytes:
    found = _accepted(data, limits)
    if found is model.Kind.SVG:
        return data[: limits.max_svg_bytes + 1]
    carried = carrying.Carried()
    picture = _read(found, data, limits, carried)
    return model.Inspected(picture, body, carried.blocks())


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: the file is empty
        raise errors.StorageFailed("the temporary file cannot be read", transient=True) from error
