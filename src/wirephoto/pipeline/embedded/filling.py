"""Embedded fields to the properties of a media type, as its ``exifExtraction`` maps them.

Of several mappings to one property the first whose field has content wins. Its value takes the form
that the property's plugin wants; one that breaks a rule of the property is left out, and that is
said: nothing here fails a picture.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wirephoto import errors
from wirephoto.pipeline.embedded import fields
from wirephoto.project import media_types

JOIN: Final = ", "
_NAMES: Final = (
    *("name", "title", "cvTermName", "licensorName", "copyrightOwnerName"),
    *("imageCreatorName", "imageSupplierName"),
)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}(?:\.0+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)
_TRUTHS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Filled:
    """Values to store by property; ``left_out`` are the others, a text each."""

    values: Mapping[str, Any]
    left_out: tuple[str, ...] = ()


NOTHING: Final = Filled({})


def fill(
    media_type: media_types.MediaType, found: Mapping[str, Any], given: Mapping[str, Any]
) -> Filled:
    """What the fields of a picture fill in of a media type, beside what its caller has given."""
    values: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in _mapped(media_type, found):
        if name in given:
            continue
        one = media_type.properties[name]
        try:
            checked = one.check(_formed(one.plugin, value))
        except errors.InvalidMetadata as refused:
            left_out.append(refused.reason)
            continue
        if checked is not None:
            values[name] = checked
    return Filled(values, tuple(left_out)) if values or left_out else NOTHING


def _mapped(
    media_type: media_types.MediaType, found: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Each property once, with the first of its fields that has content."""
    seen: set[str] = set()
    for mapping in media_type.exif_mappings:
        known = fields.find(mapping.field)
        value = found.get(known.id) if known else None
        if value and mapping.property not in seen:
            seen.add(mapping.property)
            yield mapping.property, value


def joined(value: Any) -> str:
    """One text: lists joined by a comma, of a structure its name, or else all that it says."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return JOIN.join(text for one in value if (text := joined(one)))
    if isinstance(value, dict):
        named = next((value[name] for name in _NAMES if value.get(name)), None)
        return joined(named) if named else joined(list(value.values()))
    return "" if value is None else str(value)


def _formed(plugin: str, value: Any) -> Any:
    form = _FORMS.get(plugin)
    return form(value) if form else joined(value)


def _listed(value: Any) -> list[str]:
    return [joined(one) for one in value] if isinstance(value, list) else [joined(value)]


def _whole(value: Any) -> Any:
    text = joined(value)
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text


def _numbers(value: Any) -> list[Any]:
    return [float(text) if _NUMBER.fullmatch(text) else text for text in _listed(value)]


def _truth(value: Any) -> Any:
    text = joined(value)
    return _TRUTHS.get(text.casefold(), text)


def _day(value: Any) -> str:
    """The date of a date and time; what is known in part stays so, and breaks the rule."""
    return joined(value).partition("T")[0]


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "li-string-list": _listed,
    "li-integer": _whole,
    "li-numeric-list": _numbers,
    "li-boolean": _truth,
    "li-date": _day,
}
