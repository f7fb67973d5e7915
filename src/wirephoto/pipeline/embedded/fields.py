"""The table of fields: IPTC Photo Metadata 2025.1, Livingdocs' fields and aliases, PLUS, EXIF.

``fields.json`` has a line for each: id, name and aliases, its dataset of IIM, its property of XMP
and the type of that, its tag of EXIF.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure; ``xmp`` is its qualified name there."""

    xmp: str
    type: str
    members: Mapping[str, "Member"] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Field:
    """A field and where it is written; ``members`` of a structure by their JSON names.

    ``iim`` and ``time`` (of a date) are record and dataset, ``2:80``; ``repeatable`` that dataset.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    iim: str | None = None
    time: str | None = None
    format: str | None = None
    repeatable: bool = False
    xmp: str | None = None
    type: str = "text"
    exif: str | None = None
    members: Mapping[str, Member] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_list(self) -> bool:
        return self.type.startswith(("bag", "seq")) or (self.xmp is None and self.repeatable)


def _members(listed: Mapping[str, Any]) -> Mapping[str, Member]:
    found = {
        name: Member(one["xmp"], one["type"], _members(one.get("members", {})))
        for name, one in listed.items()
    }
    return MappingProxyType(found)


def _field(row: dict[str, Any]) -> Field:
    given = row | {"aliases": tuple(row["aliases"]), "members": _members(row.get("members", {}))}
    return Field(**given)


_TABLE = json.loads(Path(__file__).with_name("fields.json").read_text("utf-8"))
ALL: Final = tuple(_field(row) for row in _TABLE["fields"])
BY_ID: Final = MappingProxyType({one.id: one for one in ALL})
PREFIXES: Final = MappingProxyType({uri: prefix for prefix, uri in _TABLE["namespaces"].items()})


def _plain(name: str) -> str:
    """Names are compared without case, spaces and punctuation."""
    return "".join(character for character in name.casefold() if character.isalnum())


_BY_NAME = {_plain(name): one for one in ALL for name in (one.id, one.name, *one.aliases)}


def find(name: str) -> Field | None:
    """The field of that name, id or alias."""
    return _BY_NAME.get(_plain(name))


def knows(name: str) -> bool:
    """Whether a project file may map this field."""
    return find(name) is not None
