"""What is wrong with a field, in German: rules state it in English, with values in it. Pure.

A sentence is ``field: rule (it is value)``; the field and the value stay, the rule is looked up.
What has no German stays English.
"""

import re

from wirephoto.web import words

_N = r"(?P<n>\d+)"
_RULES: tuple[tuple[str, str], ...] = (
    (r"must be at least {n} characters?", "muss mindestens {n} Zeichen haben"),
    (r"must be at most {n} characters?", "darf höchstens {n} Zeichen haben"),
    (r"must be at most {n} bytes as UTF-8", "darf höchstens {n} Bytes haben, als UTF-8"),
    (r"must have at most {n} items?", "darf höchstens {n} Einträge haben"),
    (r"must be (?P<n>-?\d+) or more", "muss {n} oder mehr sein"),
    (r"must be (?P<n>-?\d+) or less", "muss {n} oder weniger sein"),
    (r"must be at most {n} in one (?:batch|import)", "höchstens {n} in einem Import"),
    (r"must be one of: (?P<list>.*)", "muss eines sein von: {list}"),
    (r"must be a date and time by ISO 8601, such as (?P<like>\S+)",
     "muss Datum und Uhrzeit nach ISO 8601 sein, etwa {like}"),
    (r"no such property in media type (?P<type>.*?); it has: (?P<list>.*)",
     "gibt es im Medientyp {type} nicht; er hat: {list}"),
    (r"no media type (?P<type>.*) in this project; it has: (?P<list>.*)",
     "kein Medientyp {type} in diesem Projekt; es hat: {list}"),
    (r"media type (?P<type>.*) is a (?P<kind>\S+) and takes no images",
     "Der Medientyp {type} ist ein {kind} und nimmt keine Bilder"),
    (r"has {n} cells, the first line (?P<m>\d+)", "hat {n} Zellen, die erste Zeile {m}"),
    (r"is longer than {n} characters(?P<more>| when encoded)", "ist länger als {n} Zeichen"),
    (r"is not JSON: (?P<why>.*)", "ist kein JSON: {why}"),
    (r"is no CSV: (?P<why>.*)", "ist kein CSV: {why}"),
    (r"(?P<value>.*) is no integer", "{value} ist keine ganze Zahl"),
    (r"(?P<value>.*) is no number", "{value} ist keine Zahl"),
    (r"(?P<value>.*) is no boolean", "{value} ist weder ja noch nein"),
)  # fmt: skip
_PATTERNS = [(re.compile(rule.replace("{n}", _N), re.DOTALL), said) for rule, said in _RULES]
_VALUE = re.compile(r"(?P<rule>.+?) \((?P<verb>it is|it has|they are) (?P<value>.*)\)", re.DOTALL)
_INSIDE = re.compile(r'(?P<place>item \d+|"from"|"to") (?P<rule>.+)', re.DOTALL)
_FIELD = re.compile(r"(?P<field>[^:\n]{1,200}): (?P<rule>.+)", re.DOTALL)
_VERBS = {"it is": "ist", "it has": "hat", "they are": "sind"}


def said(language: str, english: str) -> str:
    """In a language of ``words.LANGUAGES``."""
    return (_german(english) or english) if language == "de" else english


def _german(english: str) -> str | None:
    if english in words.GERMAN:
        return words.GERMAN[english]
    for way in (_plain, _with_value, _inside, _of_a_field):
        found = way(english)
        if found is not None:
            return found
    return None


def _plain(english: str) -> str | None:
    for pattern, german in _PATTERNS:
        if found := pattern.fullmatch(english):
            return german.format(**found.groupdict())
    return None


def _with_value(english: str) -> str | None:
    found = _VALUE.fullmatch(english)
    return found and _around(found["rule"], f"{{}} ({_VERBS[found['verb']]} {{}})", found["value"])


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


def _around(rule: str, shape: str, value: str) -> str | None:
    german = _german(rule)
    return None if german is None else shape.format(german, value)
