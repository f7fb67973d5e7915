"""What the demo imports: pictures of its own making, and two that must fail."""

from collections.abc import Mapping
from dataclasses import dataclass

from wirephoto import errors, model

_PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>We have moved</title></head>
<body><h1>The archive has moved</h1><p>Please sign in to see this picture.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture on the demo's origin.

    Args:
        id: the caller's id of it.
        title: its ``fileName``.
        metadata: what is posted with it.
        data: the bytes of the file.
        picture: what an inspection must find; sizes as a viewer shows them.
    """

    id: str
    title: str
    metadata: Mapping[str, str]
    data: bytes
    picture: model.Picture

    @property
    def path(self) -> str:
        return f"/{self.id}.{self.picture.kind.value}"

    @property
    def mime_type(self) -> str:
        return self.picture.kind.mime_type


@dataclass(frozen=True, slots=True)
class BadApple:
    """A picture that must fail, and the code it must fail with; no ``page``: there is none."""

    id: str
    title: str
    code: str
    page: bytes | None = None

    @property
    def path(self) -> str:
        return f"/{self.id}.jpg"


BAD_APPLES = (
    BadApple("the-lost-negative", "The lost negative", errors.HttpStatus.code),
    BadApple("the-harbour-in-1923", "The harbour in 1923", errors.NotAnImage.code, _PAGE),
)


def painted() -> list[Sample]:
    """All the pictures, always the same; takes a few seconds.

    Raises:
        errors.OperatorError: libvips, which paints them, does not load.
    """
    check()
    from wirephoto.cli.demo.pictures import album  # noqa: PLC0415 - loads libvips

    return album.painted()


def check() -> None:
    """Raise errors.OperatorError where libvips is missing or does not load."""
    try:
        import pyvips  # noqa: F401, PLC0415 - for the demo alone
    except (ImportError, OSError):
        raise errors.OperatorError(
            "the demo paints its pictures with libvips, which does not load here"
        ) from None
