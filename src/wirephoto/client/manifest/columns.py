"""From a row's columns to an image. Pure.

``url`` and ``id`` must be there; ``fileName``, ``mediaType``, ``checksum`` and ``sha256`` may be;
``metadata`` is an object; a name that begins with ``_`` is ours or the user's own and is ignored;
any other column is a metadata property. A cell of a CSV is a text; ``rating:integer`` as a
column's name says another type.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wirephoto.client import batches
from wirephoto.client.manifest import formulas

_KNOWN = ("url", "id", "fileName", "mediaType", "metadata", "checksum", "sha256")
_BY_FOLDED = {name.casefold(): name for name in _KNOWN}
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
INVALID_ROW = "invalid_row"  # a row of the manifest that makes no image


class BadRow(Exception):
    """A row that cannot be an image; the message says which column and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a manifest: as it came, and the image it stands for or why it stands for none.

    ``number`` is its line in a text, its place from 1 in any other manifest. ``code`` is a word for
    ``problem``.
    """

    number: int
    cells: Mapping[str, Any]
    image: batches.Image | None
    problem: str = ""
    code: str = INVALID_ROW

    @property
    def shown(self) -> str:
        """What people know it by."""
        return self.image.id if self.image is not None else f"row {self.number}"


def known(name: str) -> str:
    """The name a column has for us: known ones in any case, others as they are."""
    return _BY_FOLDED.get(name.strip().casefold(), name.strip())


def renamed(names: Iterable[str], named: Mapping[str, str]) -> list[str]:
    """The columns by what they are called here; ``named`` has our name of each that has another."""
    return [named.get(name.strip(), name) for name in names]


def missing(names: Iterable[str]) -> list[str]:
    """Columns without which no row can be an image."""
    there = {known(name) for name in names}
    return [name for name in ("url", "id") if name not in there]


def entry(
    number: int, cells: Mapping[str, Any], *, texts: bool, named: Mapping[str, str] | None = None
) -> Entry:
    """A row; ``texts``: all cells are text, an empty one says nothing. ``named``: see ``renamed``.

    The entry keeps its cells by the names that they came with.
    """
    meant = dict(zip(renamed(cells, named or {}), cells.values(), strict=True))
    try:
        return Entry(number, cells, _image(meant, texts=texts))
    except BadRow as fault:
        return Entry(number, cells, None, str(fault))


def _image(cells: Mapping[str, Any], *, texts: bool) -> batches.Image:
    found = formulas.unguard_row(cells) if texts else dict(cells)
    asked: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for column, value in found.items():
        name = known(column)
        if column.startswith("_") or value is None or (texts and value == ""):
            continue
        if name in _KNOWN:
            asked[name] = value
        else:
            metadata.update([_typed(column, value) if texts else (column, value)])
    metadata |= _object(asked.get("metadata"))
    return batches.Image(
        url=_text(asked, "url"),
        id=_text(asked, "id"),
        file_name=_text(asked, "fileName", needed=False),
        metadata=metadata,
        media_type=_text(asked, "mediaType", needed=False) or None,
        checksum=_text(asked, "checksum", needed=False) or None,
        sha256=_text(asked, "sha256", needed=False) or None,
    )


def _text(asked: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = asked.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids are numbers in many a database
    if not isinstance(value, str):
        raise BadRow(f"{name}: must be a text, not {json.dumps(value, default=str)[:80]}")
    if needed and not value.strip():
        raise BadRow(f"{name}: is empty")
    return value.strip()


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as fault:
            raise BadRow(f"metadata: is not JSON: {fault}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRow("metadata: must be a JSON object")
    return value


def _typed(column: str, text: str) -> tuple[str, Any]:
    """A property whose column may say a type after a colon."""
    name, _, kind = column.strip().rpartition(":")
    reader = _READERS.get(kind) if name else None
    if reader is None:
        return column.strip(), text
    try:
        return name, reader(text)
    except ValueError:
        raise BadRow(f"{column}: {text[:80]!r} is no {kind}") from None


def _boolean(text: str) -> bool:
    folded = text.strip().casefold()
    if folded not in _TRUE | _FALSE:
        raise ValueError
    return folded in _TRUE


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": _boolean,
    "list": _list,
    "json": json.loads,
}
