"""Why something failed, in German: it is written in English, with values in it. Pure.

``german_reasons.json`` has the German of each reason, with its values by name. ``{n}`` and other
single letters are numbers, ``{reason}`` is another reason of ours, ``{why}`` may be one or come
from outside, ``{shown}`` is a value as ``project.wording`` shows it; all others stay as they are.
What has no German stays English.
"""

import functools
import json
import re
from collections.abc import Mapping
from importlib import resources

from wirephoto.web import numbers, words

GERMAN: dict[str, str] = json.loads(
    resources.files("wirephoto.web").joinpath("german_reasons.json").read_text("utf-8")
)
_NAME = re.compile(r"\\\{(\w+)\\\}")  # of a value, in what ``re.escape`` made
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_LONG_NUMBER = 10_000  # as on all of a page, thousands are parted from here on
_WITH_SPACES = frozenset({"reason", "why", "shown", "value", "list", "name", "type"})
_KEPT = 2048  # a job may have a hundred thousand rows and few reasons


def _pattern(english: str) -> re.Pattern[str]:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        text = ".+?" if name in _WITH_SPACES else r"\S+?"
        return f"(?P<{name}>{_NUMBER if len(name) == 1 else text})"

    return re.compile(_NAME.sub(value, re.escape(english)), re.DOTALL)


_PATTERNS = [(_pattern(english), german) for english, german in GERMAN.items() if "{" in english]
_VALUE = re.compile(r"(?P<rule>.+?) \((?P<verb>it is|it has|they are) (?P<value>.*)\)", re.DOTALL)
_INSIDE = re.compile(r'(?P<place>item \d+|"\w+") (?P<rule>.+)', re.DOTALL)
_FIELD = re.compile(r"(?P<field>[^:\n]{1,200}): (?P<rule>.+)", re.DOTALL)
_VERBS = {"it is": "ist", "it has": "hat", "they are": "sind"}


def said(language: str, english: str) -> str:
    """In a language of ``words.LANGUAGES``."""
    return (_german(english) or english) if language == "de" else english


@functools.lru_cache(maxsize=_KEPT)
def _german(english: str) -> str | None:
    found = GERMAN.get(english) or words.GERMAN.get(english)
    if found is not None:
        return found
    for way in (_with_value, _by_pattern, _inside, _of_a_field):
        found = way(english)
        if found is not None:
            return found
    return None


def _by_pattern(english: str) -> str | None:
    for pattern, german in _PATTERNS:
        found = pattern.fullmatch(english)
        values = found and _values(found.groupdict())
        if values is not None:
            return german.format(**values)
    return None


def _values(given: Mapping[str, str]) -> dict[str, str] | None:
    """As German has them; None where a reason of ours has none."""
    values = {name: _value(name, value) for name, value in given.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return known if len(known) == len(values) else None


def _value(name: str, value: str) -> str | None:
    if name == "reason":
        return _german(value)
    if name == "why":
        return _german(value) or value
    if name == "shown":
        return _shown(value)
    return _number(value) if len(name) == 1 else value


def _shown(value: str) -> str:
    """Texts stand in quotes, and stay."""
    return value if value.startswith('"') else _german(value) or value


def _number(text: str) -> str:
    if text.isdecimal() and int(text) >= _LONG_NUMBER:
        return numbers.count(int(text))
    return text.replace(".", ",")


def _with_value(english: str) -> str | None:
    found = _VALUE.fullmatch(english)
    if found is None or (rule := _german(found["rule"])) is None:
        return None
    return f"{rule} ({_VERBS[found['verb']]} {_shown(found['value'])})"


def _inside(english: str) -> str | None:
    found = _INSIDE.fullmatch(english)
    if found is None or (rule := _german(found["rule"])) is None:
        return None
    return f"{found['place'].replace('item', 'Eintrag')} {rule}"


def _of_a_field(english: str) -> str | None:
    found = _FIELD.fullmatch(english)
    if found is None or (rule := _german(found["rule"])) is None:
        return None
    return f"{found['field']}: {rule}"
