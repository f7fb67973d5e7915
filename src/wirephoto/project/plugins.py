"""Metadata plugins: what the value of a property may be, one small function each.

Names, options and stored shapes are those of the Livingdocs reference (Document, Metadata,
Plugins). Where it is silent:

- lengths count Unicode code points, so a text that fits Livingdocs' UTF-16 count fits here;
- a ``dataProvider`` with ``items`` admits their values only; one with a ``dataSource`` (a list that
  lives in the other system) admits any value of the type;
- ``isDefault`` is a form's preselection, never filled in by an import;
- times without offset are taken as they are; ``from`` and ``to`` compare as UTC then.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from wirephoto import errors
from wirephoto.project import wording

Choice = str | int

_NEWLINE = re.compile("[\n\r\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-9]{2}"
    r"(:[0-9]{2}([.,][0-9]{1,9})?)?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
)
_LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Options:
    """The ``config`` of a property as far as it restricts values; None restricts nothing."""

    min_length: int | None = None
    max_length: int | None = None
    allow_newlines: bool = True
    min_value: int | None = None
    max_value: int | None = None
    max_items: int | None = None
    choices: tuple[Choice, ...] | None = None


@dataclass(frozen=True, slots=True)
class Plugin:
    """``check`` takes options and a value that is not null, and answers the value to store.

    It answers None for a value that says nothing, and raises errors.InvalidMetadata whose reason
    lacks the property's name. ``options`` are the keys of ``config`` it heeds.
    """

    check: Callable[[Options, Any], Any]
    options: tuple[str, ...] = ()
    choice_type: type[str | int] = str


def _wrong(rule: str, value: Any) -> errors.InvalidMetadata:
    return errors.InvalidMetadata(f"{rule} (it is {wording.shown(value)})")


def _as_text(value: Any, rule: str = "must be a text") -> str:
    if not isinstance(value, str):
        raise _wrong(rule, value)
    if "\0" in value or (not value.isascii() and _SURROGATE.search(value)):  # no PostgreSQL text
        raise errors.InvalidMetadata("must not hold U+0000 or an unpaired surrogate")
    return value


def _as_choice(options: Options, value: Choice) -> None:
    if options.choices is not None and value not in options.choices:
        allowed = wording.listed(options.choices) or "nothing"
        raise _wrong(f"must be one of: {allowed}", value)


def _text(options: Options, value: Any) -> str:
    text = _as_text(value)
    least, most = options.min_length, options.max_length
    if least is not None and len(text) < least:
        raise errors.InvalidMetadata(
            f"must be at least {wording.count(least, 'character')} (it has {len(text)})"
        )
    if most is not None and len(text) > most:
        raise errors.InvalidMetadata(
            f"must be at most {wording.count(most, 'character')} (it has {len(text)})"
        )
    if not options.allow_newlines and _NEWLINE.search(text):
        raise errors.InvalidMetadata("must not have line breaks")
    _as_choice(options, text)
    return text


def _integer(options: Options, value: Any) -> int:
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise _wrong("must be a whole number", value)
    if number not in _INT64:
        raise errors.InvalidMetadata("must be a whole number of at most 64 bits")
    if options.min_value is not None and number < options.min_value:
        raise _wrong(f"must be {options.min_value} or more", number)
    if options.max_value is not None and number > options.max_value:
        raise _wrong(f"must be {options.max_value} or less", number)
    _as_choice(options, number)
    return number


def _boolean(_: Options, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong("must be true or false", value)
    return value


def _enum(options: Options, value: Any) -> str:
    text = _as_text(value)
    _as_choice(options, text)
    return text


def _each(value: Any, rule: str, check: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(rule, value)
    checked = []
    for position, item in enumerate(value):
        try:
            checked.append(check(item))
        except errors.InvalidMetadata as refused:
            raise errors.InvalidMetadata(f"item {position} {refused.reason}") from None
    return checked


def _string_list(options: Options, value: Any) -> list[Any]:
    return _each(value, "must be a list of texts", lambda item: _enum(options, item))


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong("must be a number", value)
    if (isinstance(value, int) and value not in _INT64) or not math.isfinite(value):
        raise errors.InvalidMetadata("must be a finite number of at most 64 bits")
    return value


def _numeric_list(options: Options, value: Any) -> list[Any]:
    numbers = _each(value, "must be a list of numbers", _number)
    if options.max_items is not None and len(numbers) > options.max_items:
        raise errors.InvalidMetadata(
            f"must have at most {wording.count(options.max_items, 'item')} (it has {len(numbers)})"
        )
    return numbers


def _date(_: Options, value: Any) -> str:
    rule = "must be a date, YYYY-MM-DD"
    text = _as_text(value, rule)
    if not _DATE.fullmatch(text):
        raise _wrong(rule, text)
    try:
        date.fromisoformat(text)
    except ValueError:  # the 30th of February
        raise _wrong(rule, text) from None
    return text


def _instant(value: Any) -> datetime:
    rule = "must be a date and time by ISO 8601, such as 2026-11-23T19:00:00Z"
    text = _as_text(value, rule)
    if not _DATETIME.fullmatch(text):
        raise _wrong(rule, text)
    try:
        instant = datetime.fromisoformat(text.upper())
    except ValueError:  # the 30th of February
        raise _wrong(rule, text) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _datetime(_: Options, value: Any) -> Any:
    _instant(value)
    return value


def _datetime_validity(_: Options, value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        raise _wrong('must be an object {"from", "to"}', value)
    unknown = [key for key in value if key not in {"from", "to"}]
    if unknown:
        raise errors.InvalidMetadata(
            f'must be an object {{"from", "to"}} (it has {wording.shown(unknown[0])})'
        )
    given = {key: end for key in ("from", "to") if (end := value.get(key)) is not None}
    ends = {key: _end(key, end) for key, end in given.items()}
    if len(ends) == len(("from", "to")) and ends["from"] > ends["to"]:
        raise errors.InvalidMetadata('"from" must not be later than "to"')
    return given or None


def _end(key: str, value: Any) -> datetime:
    try:
        return _instant(value)
    except errors.InvalidMetadata as refused:
        raise errors.InvalidMetadata(f'"{key}" {refused.reason}') from None


def _link(_: Options, value: Any) -> Any:
    """A link as text, or an object that has it as ``href`` or ``url``; further members stay."""
    if isinstance(value, dict):
        target = value.get("href", value.get("url"))
        if target is None:
            raise errors.InvalidMetadata('must be a link, or an object with "href"')
        _as_link(target)
    else:
        _as_link(value)
    return value


def _as_link(value: Any) -> None:
    rule = "must be a link: http, https, mailto or tel, or a path that begins with /"
    text = _as_text(value, rule)
    if not (text and text.isprintable()) or " " in text or not _is_link(text):
        raise _wrong(rule, text)


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
        web = parts.scheme in {"http", "https"}
        return (
            text.startswith(("/", "#", "?"))
            or (web and bool(parts.hostname))
            or (not web and parts.scheme in _LINK_SCHEMES and bool(parts.path))
        )
    except ValueError:  # brackets that hold no IPv6 address
        return False


def _unchecked(_: Options, value: Any) -> Any:
    return value


PLUGINS = {
    "li-text": Plugin(_text, ("minLength", "maxLength", "allowNewlines", "dataProvider")),
    "li-integer": Plugin(_integer, ("minValue", "maxValue", "dataProvider"), choice_type=int),
    "li-boolean": Plugin(_boolean),
    "li-enum": Plugin(_enum, ("dataProvider",)),
    "li-string-list": Plugin(_string_list, ("dataProvider",)),
    "li-numeric-list": Plugin(_numeric_list, ("maxItems",)),
    "li-date": Plugin(_date),
    "li-datetime": Plugin(_datetime),
    "li-datetime-validity": Plugin(_datetime_validity),
    "li-link": Plugin(_link),
}
UNCHECKED = Plugin(_unchecked)  # every other plugin: its JSON value is kept as it is


def get(name: str) -> Plugin:
    return PLUGINS.get(name, UNCHECKED)
