"""Final rows as files that can be mended and imported again: CSV and JSON lines. Pure.

In a CSV a cell that a spreadsheet would run as a formula is guarded, see ``formulas``.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wirephoto.client.manifest import formulas
from wirephoto.db import results

MOST_PROPERTIES = 200  # columns for metadata; what is beyond stands in the column metadata
_ASKED = ("url", "id", "fileName", "mediaType")
_VERSION = ("checksum", "sha256")
_REST = "metadata"
_OURS = (
    *(formulas.GUARDED, "_state", "_code", "_reason"),
    *("_retryable", "_httpStatus", "_attempts", "_mediaId"),
)
_ENCODER = msgspec.json.Encoder()


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row as a JSON line: what was asked for, and what became of it under ``_``."""

    url: str
    id: str
    fileName: str  # noqa: N815 - its name on the wire
    mediaType: str  # noqa: N815 - as above
    metadata: msgspec.Raw
    checksum: str | msgspec.UnsetType
    sha256: str | msgspec.UnsetType
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
        checksum=msgspec.UNSET if row.checksum is None else row.checksum,
        sha256=msgspec.UNSET if row.sha256 is None else row.sha256,
        state=row.state,
        attempts=row.attempts,
        code=row.code,
        reason=row.reason,
        retryable=row.retryable,
        httpStatus=row.http_status,
        mediaId=row.entry_id,
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Of a CSV, before what became of the images: what was asked for, and metadata by property."""

    asked: tuple[str, ...]
    properties: list[str]


def columns(names: Sequence[str], *, versioned: bool) -> Columns:
    """The metadata that gets columns of its own: names that cannot be taken for anything else."""
    reserved = {*_ASKED, *_VERSION, _REST}
    fit = [name for name in names if name not in reserved and _is_plain(name)]
    return Columns((*_ASKED, *_VERSION) if versioned else _ASKED, fit[:MOST_PROPERTIES])


def _is_plain(name: str) -> bool:
    """A word of letters, digits, ``_``, ``.`` and ``-`` that begins with a letter."""
    return name[:1] != "_" and name.replace("-", "_").replace(".", "_").isidentifier()


def csv_head(given: Columns) -> bytes:
    return _csv([[*given.asked, *given.properties, _REST, *_OURS]])


def csv_lines(rows: Sequence[results.Exported], given: Columns) -> bytes:
    return _csv([_cells(row, given) for row in rows])


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180; every cell is quoted."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue().encode()


def _cells(row: results.Exported, given: Columns) -> list[str]:
    metadata = msgspec.json.decode(row.metadata)
    shown = {name: metadata.pop(name) for name in given.properties if _is_text(metadata.get(name))}
    version = (row.checksum or "", row.sha256 or "")
    asked = (row.url, row.external_id, row.file_name, row.media_type, *version)
    cells = dict(zip(given.asked, asked, strict=False))
    cells |= {name: shown.get(name, "") for name in given.properties}
    safe, guarded = formulas.guard_row(cells)
    rest = _ENCODER.encode(metadata).decode() if metadata else ""
    return [*safe.values(), rest, guarded, *_outcome(row)]


def _is_text(value: Any) -> bool:
    """An empty text and none at all are the same cell: it stays with what is no text."""
    return isinstance(value, str) and value != ""


def _outcome(row: results.Exported) -> list[str]:
    return [
        row.state,
        row.code or "",
        formulas.guard(row.reason or ""),
        "" if row.retryable is None else str(row.retryable).lower(),
        "" if row.http_status is None else str(row.http_status),
        str(row.attempts),
        row.entry_id or "",
    ]
