"""IPTC-IIM 4.2, record 2: texts by dataset, and fields by their ids."""

import re
from typing import Any

from wirephoto.pipeline.embedded import charset, dates, fields, text
from wirephoto.pipeline.embedded import datasets as reading
from wirephoto.pipeline.embedded import notes as noting

_VERSION, _PROGRAM = 0, 65
_PADDING = b"\0 "
_REPEATABLE = frozenset({one.iim for one in fields.ALL if one.repeatable}) | {
    "2:45",
    "2:47",
    "2:50",
}
_PREFIXES = {
    "2:04": re.compile(r"[0-9]{3}:(.*)", re.DOTALL),
    "2:12": re.compile(r"[^:]*:([0-9]{8})(?::.*)?", re.DOTALL),
}
_DATE = "CCYYMMDD"
Texts = dict[str, str | list[str]]


def read(block: bytes, notes: noting.Notes, *, is_macintosh: bool = False) -> Texts:
    """What the datasets say, by their names (``2:80``); those that repeat as lists, in their order.

    Of one that should not repeat the last counts. Empty ones count for nothing.
    """
    found = reading.read(block, notes)
    values = [(one.number, one.value.rstrip(_PADDING)) for one in found.datasets]
    says_so = any(number == _PROGRAM and b"macintosh" in value.lower() for number, value in values)
    decode = charset.decoder(
        [value for number, value in values if number != _VERSION],
        found.announced,
        is_macintosh=is_macintosh or says_so,
    )
    texts: Texts = {}
    for number, value in values:
        if number != _VERSION and (told := text.tidy(decode(value))):
            _keep(texts, f"2:{number:02}", told)
    return texts


def _keep(texts: Texts, name: str, told: str) -> None:
    before = texts.get(name)
    if name not in _REPEATABLE:
        texts[name] = told
    elif isinstance(before, list):
        before.append(told)
    else:
        texts[name] = [told]


def richer(first: Texts, second: Texts) -> Texts:
    """Of two copies of a block the one that says more: a cut one is repaired by the whole."""
    return second if _size(second) > _size(first) else first


def _size(texts: Texts) -> int:
    return sum(len(one) if isinstance(one, str) else sum(map(len, one)) for one in texts.values())


def values(texts: Texts) -> dict[str, Any]:
    """Fields by their ids."""
    told = ((one, _value(one, texts)) for one in _IN_IIM if one.iim in texts)
    return {one.id: value for one, value in told if value}


_IN_IIM = tuple(one for one in fields.ALL if one.iim)


def _value(one: fields.Field, texts: Texts) -> Any:
    given = texts.get(one.iim or "")
    if not given:
        return None
    if one.format:
        return _instant(one, _first(given), _first(texts.get(one.time or "", "")))
    prefix = _PREFIXES.get(one.iim or "")
    bare = [_bare(each, prefix) for each in ([given] if isinstance(given, str) else given)]
    return bare if one.is_list or len(bare) > 1 else bare[0]


def _bare(told: str, prefix: re.Pattern[str] | None) -> str:
    found = prefix.fullmatch(told) if prefix else None
    return found[1].strip() or told if found else told


def _instant(one: fields.Field, told: str, clock: str) -> str | None:
    return dates.of_iim(told, clock) if one.format == _DATE else dates.time(told)


def _first(given: str | list[str]) -> str:
    return given if isinstance(given, str) else given[0]
