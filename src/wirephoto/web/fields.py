"""An entry's metadata as a form: made from the project's rules, and read back. Pure.

A form carries of each field a digest of what it showed: what somebody changed is told from what
they left alone, and from what others changed meanwhile.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wirephoto.db import entries
from wirephoto.project import media_types, plugins

_DIGEST_CHARACTERS = 16
_LONG = 80  # characters of a line
_MOST_ROWS = 10
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PARTED = re.compile(r"[,;\s]+")
_KINDS = {
    "li-integer": "number",
    "li-boolean": "yes",
    "li-string-list": "lines",
    "li-numeric-list": "numbers",
    "li-date": "date",
    "li-datetime": "line",
    "li-datetime-validity": "span",
    "li-text": "area",
    "li-enum": "line",
    "li-link": "line",
}
_TEXTS = frozenset({"line", "area", "date", "choice"})


class Unreadable(Exception):
    """What was typed is no value of this kind; the text is a key of ``words``."""


@dataclass(slots=True)
class Field:
    """One property. ``text`` is what stands in it; ``now`` what the entry has.

    ``theirs``: somebody else changed it while this visitor did. ``problem``: why it was not saved.
    """

    handle: str
    kind: str
    now: str
    text: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    most: int | None = None
    theirs: bool = False
    problem: str = ""

    @property
    def label(self) -> str:
        return self.handle[:1].upper() + self.handle[1:]

    @property
    def was(self) -> str:
        return digest(self.now)

    @property
    def rows(self) -> int:
        lines = [1 + len(line) // _LONG for line in self.text.split("\n")]
        return max(2, min(_MOST_ROWS, sum(lines)))

    @property
    def parts(self) -> list[str]:
        """The lines of it: chosen options, or the two ends of a span."""
        return self.text.split("\n") if self.text else []


@dataclass(slots=True)
class Form:
    """Fields in the order of the project's file; ``fixed`` cannot be changed by its rules."""

    fields: list[Field]
    fixed: dict[str, Any] = field(default_factory=dict)

    def changed(self) -> list[Field]:
        return [one for one in self.fields if one.text != one.now]

    def take(self, given: Mapping[str, str]) -> None:
        """What a visitor sent: it stands in the fields, whatever the entry has by now."""
        for one in self.fields:
            sent = _sent(one, given)
            was = given.get(f"was.{one.handle}")
            if sent is None or was is None or digest(sent) == was:
                continue
            one.theirs = one.was != was and sent != one.now
            one.text = sent

    def mark(self, problems: Mapping[str, str]) -> None:
        """Say at their fields why they were not saved."""
        for one in self.fields:
            one.problem = problems.get(one.handle, "")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARACTERS]


def form(media_type: media_types.MediaType | None, entry: entries.Entry) -> Form:
    """An entry's form; a media type that is gone has only fixed values."""
    if media_type is None:
        return Form([], dict(entry.metadata))
    values = dict(entry.metadata)
    if media_types.TITLE in media_type.properties or media_type.open:
        values.setdefault(media_types.TITLE, entry.title)
    shown = [_field(one, values.get(one.handle)) for one in media_type.properties.values()]
    rest = {name: value for name, value in values.items() if name not in media_type.properties}
    if not media_type.open:
        return Form(shown, rest)
    further = [_further(name, value) for name, value in rest.items()]
    return Form(shown + further)


def _field(one: media_types.Property, value: Any) -> Field:
    kind = _kind(one, value)
    options = tuple(str(choice) for choice in one.options.choices or ())
    text = written(kind, value, options)
    if kind in {"choice", "pick"} and text and text not in options:
        options += (text,)
    return Field(
        one.handle, kind, text, text, one.required, options=options, most=one.options.max_length
    )


def _further(name: str, value: Any) -> Field:
    kind = "area" if isinstance(value, str) else "lines" if _are_lines(value) else "json"
    text = written(kind, value)
    return Field(name, kind, text, text)


def _kind(one: media_types.Property, value: Any) -> str:
    """How it is shown; a value that this cannot hold is shown as JSON."""
    kind = _KINDS.get(one.plugin, "json")
    if one.options.choices is not None:
        kind = {"lines": "choices", "number": "pick"}.get(kind, "choice")
    elif kind == "area" and (one.handle == media_types.TITLE or not one.options.allow_newlines):
        kind = "line"
    if value is None or _holds(kind, one.options, value):
        return kind
    if isinstance(value, str) and kind in _TEXTS:
        return "area"
    return "lines" if kind == "choices" and _holds("lines", one.options, value) else "json"


def _holds(kind: str, options: plugins.Options, value: Any) -> bool:
    match kind:
        case "line" | "choice":
            fits = isinstance(value, str) and "\n" not in value and "\r" not in value
        case "area":
            fits = isinstance(value, str)
        case "date":
            fits = isinstance(value, str) and _DATE.fullmatch(value) is not None
        case "number" | "pick":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "yes":
            fits = isinstance(value, bool)
        case "lines":
            fits = _are_lines(value)
        case "choices":
            fits = _are_lines(value) and all(item in (options.choices or ()) for item in value)
        case "numbers":
            fits = isinstance(value, list) and all(isinstance(one, int | float) for one in value)
        case "span":
            fits = isinstance(value, dict) and set(value) <= {"from", "to"}
        case _:
            fits = False
    return fits


def _are_lines(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) and item.strip() == item != "" and "\n" not in item for item in value
    )


def written(kind: str, value: Any, options: Sequence[str] = ()) -> str:
    """A value as a form shows it; absent is empty."""
    if value is None:
        return ""
    if kind == "choices":
        return "\n".join(one for one in options if one in value)
    return _WRITERS.get(kind, _text)(value)


def read(one: Field) -> Any:
    """The value that stands in a field, None where it is empty; the rules are checked elsewhere.

    Raises:
        Unreadable: it is no value of this kind.
    """
    return _READERS.get(one.kind, str)(one.text) if one.text.strip() else None


def _text(value: object) -> str:
    return _normal(str(value))


def _numbers(value: list[Any]) -> str:
    return ", ".join(msgspec.json.encode(item).decode() for item in value)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _span(text: str) -> dict[str, str] | None:
    start, _, end = text.partition("\n")
    ends = {"from": start.strip(), "to": end.strip()}
    return {name: at for name, at in ends.items() if at} or None


def _number(text: str) -> int | float | str:
    """What is none stays as it is: the rule says what is wrong with it."""
    try:
        return msgspec.json.decode(text, type=int | float)
    except msgspec.MsgspecError:
        return text


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        raise Unreadable("This is no JSON. A text stands in double quotes.") from None


def _sent(one: Field, given: Mapping[str, str]) -> str | None:
    name = f"m.{one.handle}"
    if one.kind == "choices":
        picked = (option for at, option in enumerate(one.options) if f"{name}.{at}" in given)
        return "\n".join(picked)
    if one.kind == "span":
        ends = (given.get(f"{name}.from"), given.get(f"{name}.to"))
        return None if None in ends else _ends(*map(str, ends))
    return _normal(given[name]) if name in given else None


def _ends(start: str, end: str) -> str:
    return f"{start.strip()}\n{end.strip()}" if start.strip() or end.strip() else ""


def _normal(text: str) -> str:
    """Browsers send line breaks as CR LF, whatever they were."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


_WRITERS: dict[str, Callable[[Any], str]] = {
    "yes": lambda value: "true" if value else "false",
    "lines": "\n".join,
    "numbers": _numbers,
    "span": lambda value: f"{value.get('from') or ''}\n{value.get('to') or ''}",
    "json": lambda value: msgspec.json.format(msgspec.json.encode(value), indent=1).decode(),
}
_READERS: dict[str, Callable[[str], Any]] = {
    "yes": lambda text: {"true": True, "false": False}.get(text, text),
    "number": lambda text: _number(text.strip()),
    "pick": lambda text: _number(text.strip()),
    "lines": _lines,
    "choices": _lines,
    "numbers": lambda text: [_number(part) for part in _PARTED.split(text.strip()) if part],
    "span": _span,
    "json": _json,
}
