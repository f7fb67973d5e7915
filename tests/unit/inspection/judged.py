"""What inspection says of some bytes, in one call."""

from typing import Any

import pytest

from wirephoto import errors, model
from wirephoto.pipeline.inspection import cleaning, svg, verdict


def limits(**given: Any) -> verdict.Limits:
    """Limits of a project that takes every kind, and 200 million pixels unless told."""
    defaults: dict[str, Any] = {"kinds": frozenset(model.Kind), "max_pixels": 200_000_000}
    return verdict.Limits(**defaults | given)


def picture(data: bytes, **given: Any) -> model.Picture:
    """The picture that the bytes are."""
    return verdict.inspect(data, limits(**given))


def size(data: bytes) -> tuple[int, int]:
    """Width and height of the picture."""
    found = picture(data)
    return found.width, found.height


def error(data: bytes, **given: Any) -> errors.PictureError:
    """The error that the bytes end in."""
    with pytest.raises(errors.PictureError) as caught:
        verdict.inspect(data, limits(**given))
    return caught.value


def cleaned(data: bytes) -> bytes:
    """The SVG made safe."""
    return cleaning.clean(svg.read(data, limits()))
