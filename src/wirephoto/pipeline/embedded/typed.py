"""Values of XMP to what the table says a field is: one text, a list, a structure."""

import math
import re
from collections.abc import Mapping
from typing import Any

from wirephoto.pipeline.embedded import dates, fields, rdf

_COORDINATE = re.compile(
    r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", re.ASCII
)
_RATIONAL = re.compile(r"([+-]?\d{1,20})/(\d{1,20})", re.ASCII)
_AGENT_NAME = "dc:title"  # Creative Commons: cc:Agent in dc:creator


def value(given: Any, kind: str, members: Mapping[str, fields.Member]) -> Any:
    """The value as its type has it; None where it says nothing of that type."""
    if kind.endswith("-struct"):
        found = [_structure(one, members) for one in _items(given)]
        return [one for one in found if one] or None
    if kind == "struct":
        structures = (_structure(one, members) for one in _items(given))
        return next((one for one in structures if one), None)
    if kind in {"bag", "seq"}:
        return [one for each in _items(given) if (one := text_of(each))] or None
    told = text_of(given)
    return _simple(told, kind) if told else None


def _simple(told: str, kind: str) -> str | None:
    if kind == "date":
        return dates.iso(told)
    if kind == "gps-coordinate":
        return degrees(told)
    return number(told) if kind == "rational" else told


def _items(given: Any) -> list[Any]:
    if isinstance(given, rdf.Languages):
        return [one for _, one in given.texts]
    return given if isinstance(given, list) else [given]


def text_of(given: Any) -> str | None:
    """One text: of several the first that says something, of languages the default."""
    if isinstance(given, str):
        return given or None
    if isinstance(given, rdf.Languages):
        return given.plain()
    if isinstance(given, list):
        return next((told for one in given if (told := text_of(one))), None)
    return text_of(given.get(_AGENT_NAME)) if isinstance(given, dict) else None


def _structure(given: Any, members: Mapping[str, fields.Member]) -> dict[str, Any] | None:
    """Its members by their JSON names; those that the table does not know keep their own."""
    if not isinstance(given, dict):
        return None
    left = dict(given)
    found: dict[str, Any] = {}
    for name, member in members.items():
        raw = left.pop(member.xmp, None)
        if raw is None:  # the IPTC reference image has an exif: member in the other namespace
            raw = left.pop("Iptc4xmpExt:" + member.xmp.partition(":")[2], None)
        told = value(raw, member.type, member.members) if raw is not None else None
        if told is not None:
            found[name] = told
    found.update((name, rdf.plain(one)) for name, one in left.items() if one)
    return found or None


def degrees(told: str) -> str:
    """Decimal degrees, south and west negative; what is no coordinate stays as it is."""
    found = _COORDINATE.fullmatch(told)
    if found is None:
        return told
    size = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return shown(-size if found[4] in "SW" else size)


def number(told: str) -> str:
    """A fraction as a decimal number; what is none stays as it is."""
    found = _RATIONAL.fullmatch(told)
    return shown(int(found[1]) / int(found[2])) if found and int(found[2]) else told


def shown(size: float) -> str:
    """Seven digits after the point are a centimetre on the ground."""
    return f"{size:.7f}".rstrip("0").rstrip(".") if math.isfinite(size) else ""
