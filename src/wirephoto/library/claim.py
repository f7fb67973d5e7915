"""What a caller says of an asset that is in storage. Only ``key`` is believed, and looked up."""

from typing import Annotated, Any

import msgspec

from wirephoto.library import faults
from wirephoto.pipeline.accept import rules

KEY_CHARACTERS = 1024
_URL_CHARACTERS = 8192


class Asset(msgspec.Struct, frozen=True):
    """An asset that is in storage. Whatever is given is compared with what is there."""

    key: Annotated[str, msgspec.Meta(min_length=1, description="Where it lies in storage.")]
    url: Annotated[str | None, msgspec.Meta(description="Not used.")] = None
    size: Annotated[int, msgspec.Meta(ge=0, description="In bytes.")] | None = None
    width: Annotated[int, msgspec.Meta(ge=0, description="In pixels.")] | None = None
    height: Annotated[int, msgspec.Meta(ge=0, description="In pixels.")] | None = None
    filename: str | None = None
    mimeType: str | None = None


def read(found: faults.Faults, value: object, path: str) -> Asset | None:
    """The asset, where nothing is wrong with it."""
    given = found.members(value, path)
    if given is None:
        return None
    before = len(found.found)
    asset = _asset(found, given, f"{path}.")
    return asset if len(found.found) == before else None


def _asset(found: faults.Faults, given: dict[str, Any], prefix: str) -> Asset:
    return Asset(
        key=found.text(given, "key", prefix, required=True, most=KEY_CHARACTERS) or "",
        url=found.text(given, "url", prefix, most=_URL_CHARACTERS),
        size=found.count(given, "size", prefix),
        width=found.count(given, "width", prefix),
        height=found.count(given, "height", prefix),
        filename=found.text(given, "filename", prefix, most=rules.FILE_NAME_CHARACTERS) or None,
        mimeType=found.text(given, "mimeType", prefix),
    )
