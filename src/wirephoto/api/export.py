"""Final rows as files that can be mended and imported again: CSV and JSON lines. Pure.

In a CSV a cell that a spreadsheet would run as a formula gets a ``'`` in front, and ``_guarded``
names its column: who reads the file takes it off there and nowhere else, so nothing is changed on
the way. See https://owasp.org/www-community/attacks/CSV_Injection.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from wirephoto.db import results

MOST_PROPERTIES = 200  # columns for metadata; what is beyond stands in the column metadata
_ASKED = ("url", "id", "fileName", "mediaType")
_REST = "metadata"
_OURS = (
    *("_guarded", "_state", "_code", "_reason"),
    *("_retryable", "_httpStatus", "_attempts", "_mediaId"),
)
_FORMULA = re.compile(
    r"\s*[=+\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    r"\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]|[\t\r\n]"
)
_GUARD = "'"
_ENCODER = msgspec.json.Encoder()


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row as a JSON line: what was asked for, and what became of it under ``_``."""

    url: str
    id: str
    fileName: str  # noqa: N815 - its name on the wire
    mediaType: str  # noqa: N815 - as above
    metadata: msgspec.Raw
    state: str = msgspec.field(name="_state")
    attempts: int = msgspec.field(name="_attempts")
    code: str | None = msgspec.field(name="_code", default=None)
    reason: str | None = msgspec.field(name="_reason", default=None)
    retryable: bool | None = msgspec.field(name="_retryable", default=None)
    httpStatus: int | None = msgspec.field(name="_httpStatus", default=None)  # noqa: N815 - as above
    mediaId: str | None = msgspec.field(name="_mediaId", default=None)  # noqa: N815 - as above


def json_lines(rows: Sequence[results.Exported]) -> bytes:
    return _ENCODER.encode_lines([_line(row) for row in rows])


def _line(row: results.Exported) -> _Line:
    return _Line(
        url=row.url,
        id=row.external_id,
        fileName=row.file_name,
        mediaType=row.media_type,
        metadata=msgspec.Raw(row.metadata.encode()),
        state=row.state,
        attempts=row.attempts,
        code=row.code,
        reason=row.reason,
        retryable=row.retryable,
        httpStatus=row.http_status,
        mediaId=row.entry_id,
    )


def columns(names: Sequence[str]) -> list[str]:
    """The metadata that gets columns of its own: names that cannot be taken for anything else."""
    reserved = {*_ASKED, _REST}
    fit = [name for name in names if name not in reserved and _is_plain(name)]
    return fit[:MOST_PROPERTIES]


def _is_plain(name: str) -> bool:
    """A word of letters, digits, ``_``, ``.`` and ``-`` that begins with a letter."""
    return name[:1] != "_" and name.replace("-", "_").replace(".", "_").isidentifier()


def csv_head(properties: Sequence[str]) -> bytes:
    return _csv([[*_ASKED, *properties, _REST, *_OURS]])


def csv_lines(rows: Sequence[results.Exported], properties: Sequence[str]) -> bytes:
    return _csv([_cells(row, properties) for row in rows])


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180; every cell is quoted."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue().encode()


def _cells(row: results.Exported, properties: Sequence[str]) -> list[str]:
    metadata = msgspec.json.decode(row.metadata)
    shown = {name: metadata.pop(name) for name in properties if _is_text(metadata.get(name))}
    asked = dict(
        zip(_ASKED, (row.url, row.external_id, row.file_name, row.media_type), strict=True)
    )
    cells = asked | {name: shown.get(name, "") for name in properties}
    guarded = [name for name, text in cells.items() if _FORMULA.match(text)]
    for name in guarded:
        cells[name] = _GUARD + cells[name]
    rest = _ENCODER.encode(metadata).decode() if metadata else ""
    return [*cells.values(), rest, " ".join(guarded), *_outcome(row)]


def _is_text(value: Any) -> bool:
    """An empty text and none at all are the same cell: it stays with what is no text."""
    return isinstance(value, str) and value != ""


def _outcome(row: results.Exported) -> list[str]:
    reason = row.reason or ""
    return [
        row.state,
        row.code or "",
        _GUARD + reason if _FORMULA.match(reason) else reason,
        "" if row.retryable is None else str(row.retryable).lower(),
        "" if row.http_status is None else str(row.http_status),
        str(row.attempts),
        row.entry_id or "",
    ]
