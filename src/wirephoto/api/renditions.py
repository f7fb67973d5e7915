"""What an address of a picture asks for: the stored bytes, or a rendition of them."""

from dataclasses import dataclass
from typing import Annotated

import fastapi

from wirephoto import model, wiring
from wirephoto.db import blobs
from wirephoto.renditions import making, variant

_SIZES = ", ".join(map(str, variant.WIDTHS))


@dataclass(frozen=True, slots=True)
class Delivered:
    """Bytes in storage and what is said of them; ``made``: they are a rendition."""

    key: str
    size: int
    mime_type: str
    etag: str
    name: str
    made: making.Made | None = None


def _size(side: str) -> object:
    text = f"Pixels that it is to be {side}, one of {_SIZES}; never more than it has."
    return fastapi.Query(description=text)


@dataclass(frozen=True, slots=True)
class Parameters:
    """As texts: what they may be is ``variant``'s to say, for all of them in the same words."""

    w: Annotated[str | None, _size("wide")] = None
    h: Annotated[str | None, _size("high")] = None
    fit: Annotated[
        str | None,
        fastapi.Query(
            description="`contain` (default): whole, within the box; `cover`: the box is filled, "
            "and what lies over is cut off; needs both `w` and `h`."
        ),
    ] = None
    fm: Annotated[
        str | None,
        fastapi.Query(
            description="`jpeg`, `png`, `webp` or `avif`; absent: its own, PNG for GIF, JPEG for "
            "TIFF."
        ),
    ] = None
    q: Annotated[
        str | None,
        fastapi.Query(description="Quality, one of 50, 65, 80 (default), 90; PNG has none."),
    ] = None

    def given(self) -> dict[str, str]:
        named = {"w": self.w, "h": self.h, "fit": self.fit, "fm": self.fm, "q": self.q}
        return {name: value for name, value in named.items() if value is not None}


Given = Annotated[Parameters, fastapi.Depends()]


async def wanted(api: wiring.Api, blob: blobs.Blob, asked: Parameters) -> Delivered:
    """What is to be delivered; where renditions are off the stored bytes, whatever is asked.

    Raises:
        errors.RequestError: as ``variant.asked`` and ``making.Maker.find_or_make``.
    """
    name = blob.key.rsplit("/", 1)[-1]
    stem = name.partition(".")[0]
    kind = next((kind for kind in model.Kind if kind.mime_type == blob.mime_type), None)
    if api.renditions is not None and kind is not None:
        one = variant.asked(asked.given(), kind)
        if one is not None:
            made = await api.renditions.find_or_make(blob, one)
            etag, kind = f'"{made.sha256.hex()[:32]}"', made.kind
            name = f"{stem}-{one.name}"
            return Delivered(made.key, made.size, kind.mime_type, etag, name, made)
    return Delivered(blob.key, blob.size, blob.mime_type, f'"{stem}"', name)
