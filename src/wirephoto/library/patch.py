"""The shape of ``PATCH mediaLibrary/{id}``, and every fault of one."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from wirephoto.library import claim, faults

MOST_PATCHES = 100
NOTE_CHARACTERS = 200
PROPERTY_CHARACTERS = 1000

_Filled = Annotated[str, msgspec.Meta(min_length=1)]


class SetMetadataProperty(
    msgspec.Struct, frozen=True, tag_field="operation", tag="setMetadataProperty"
):
    """Sets a property by the rules of its media type; null or absent removes it."""

    propertyName: _Filled
    value: Any = None


class ReplaceAsset(msgspec.Struct, frozen=True, tag_field="operation", tag="replaceAsset"):
    """Another picture, which is in storage already."""

    value: claim.Asset


class Archive(msgspec.Struct, frozen=True, tag_field="operation", tag="archive"):
    """Leaves the entry out of searches; its picture is served as before."""


class Unarchive(msgspec.Struct, frozen=True, tag_field="operation", tag="unarchive"):
    """Takes it back."""


class RevokeAsset(msgspec.Struct, frozen=True, tag_field="operation", tag="revokeAsset"):
    """Serves the picture to nobody any more."""

    note: Annotated[str, msgspec.Meta(max_length=NOTE_CHARACTERS)] | None = None


class UnrevokeAsset(msgspec.Struct, frozen=True, tag_field="operation", tag="unrevokeAsset"):
    """Serves it again."""


Operation = SetMetadataProperty | ReplaceAsset | Archive | Unarchive | RevokeAsset | UnrevokeAsset


class Patch(msgspec.Struct, frozen=True):
    """Changes of one entry, all or none of them."""

    patches: Annotated[list[Operation], msgspec.Meta(min_length=1, max_length=MOST_PATCHES)]
    version: Annotated[
        int | str | None,
        msgspec.Meta(description="What the entry must have; a number, also as a text."),
    ] = None
    preserveUpdatedAt: Annotated[
        bool | None, msgspec.Meta(description="Leave `updatedAt` as it is.")
    ] = None


def read(body: bytes) -> Patch:
    """Decode and check a body.

    Raises:
        errors.InvalidRequest: names each fault by its path, up to ``faults.MOST``.
    """
    document = faults.decode(body)
    found = faults.Faults()
    listed = found.items(document, "patches", MOST_PATCHES)
    patches = [_operation(found, one, f"patches.{index}") for index, one in enumerate(listed)]
    version = _version(found, document)
    preserve = document.get("preserveUpdatedAt")
    if not isinstance(preserve, bool | None):
        found.add("preserveUpdatedAt", "must be true or false")
    found.check()
    return Patch([one for one in patches if one], version, preserve)


def _version(found: faults.Faults, document: dict[str, Any]) -> int | None:
    """Livingdocs documents it as a text; its clients send both."""
    given = document.get("version")
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 10:  # noqa: PLR2004 - fits 32 bits
        return int(given)
    return found.count(document, "version", "")


def _operation(found: faults.Faults, one: object, path: str) -> Operation | None:
    given = found.members(one, path)
    if given is None:
        return None
    name = given.get("operation")
    if not isinstance(name, str) or name not in _READERS:
        allowed = ", ".join(_READERS)
        problem = "is required" if name is None else f"No enum match for: {_shown(name)}"
        found.add(f"{path}.operation", f"{problem}; must be one of: {allowed}")
        return None
    return _READERS[name](found, given, f"{path}.")


def _shown(name: object) -> str:
    """Bounded, and storable in any log."""
    return msgspec.json.encode(name).decode()[:100]


def _set(found: faults.Faults, given: dict[str, Any], prefix: str) -> Operation:
    name = found.text(given, "propertyName", prefix, required=True, most=PROPERTY_CHARACTERS)
    value = given.get("value")
    found.storable(value, f"{prefix}value")
    return SetMetadataProperty(name or "", value)


def _replace(found: faults.Faults, given: dict[str, Any], prefix: str) -> Operation | None:
    if given.get("value") is None:
        found.add(f"{prefix}value", "is required")
        return None
    asset = claim.read(found, given["value"], f"{prefix}value")
    return ReplaceAsset(asset) if asset else None


def _revoke(found: faults.Faults, given: dict[str, Any], prefix: str) -> Operation:
    return RevokeAsset(found.text(given, "note", prefix, most=NOTE_CHARACTERS))


_READERS: dict[str, Callable[[faults.Faults, dict[str, Any], str], Operation | None]] = {
    "setMetadataProperty": _set,
    "replaceAsset": _replace,
    "archive": lambda *_: Archive(),
    "unarchive": lambda *_: Unarchive(),
    "revokeAsset": _revoke,
    "unrevokeAsset": lambda *_: UnrevokeAsset(),
}
