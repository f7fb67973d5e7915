"""The report: rows that failed, as they came, with ``_code`` and ``_reason``. It is a manifest.

A CSV is written like the one it came from: whoever opens that in a spreadsheet opens this in the
same way. It is UTF-8, with a mark where the other had one or was no UTF-8.
"""

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wirephoto import errors
from wirephoto.client.manifest import columns, csv_rows, reading

_OURS = ("_code", "_reason")
_NAMES = ("url", "id", "fileName", "mediaType", "metadata")


@dataclass(frozen=True, slots=True)
class Failure:
    """A row of the manifest that is not in the library now."""

    entry: columns.Entry
    code: str
    reason: str


class Report:
    """A file that grows by batches; JSON Lines where its name says so, else CSV.

    Args:
        path: where; None keeps nothing.
        names: the columns of a CSV manifest; empty where each row has its own.
        keep: bytes of it that are there for good. It goes on as it began: in its own columns and
            dialect.
        dialect: of the manifest.
    """

    def __init__(
        self,
        path: Path | None,
        names: Sequence[str],
        keep: int,
        dialect: csv_rows.Dialect | None = None,
    ) -> None:
        self._path = path
        self._dialect = dialect or csv_rows.Dialect()
        self._lines = path is not None and path.suffix in {".jsonl", ".ndjson"}
        self._names = [name for name in names or _NAMES if name not in _OURS]
        self.size = 0
        if path is not None:
            self._open(path, keep)

    def _open(self, path: Path, keep: int) -> None:
        try:
            with path.open("ab"):
                pass
            os.truncate(path, min(keep, path.stat().st_size))
        except OSError as fault:
            raise errors.OperatorError(f"--report {path}: {fault.strerror}") from None
        self.size = path.stat().st_size
        if self._lines:
            return
        if self.size:
            self._go_on(path)
        else:
            mark = "\N{BYTE ORDER MARK}" if self._dialect.marked else ""
            self._append(mark + self._text([[*self._names, *_OURS]]))

    def _go_on(self, path: Path) -> None:
        """Perhaps of another manifest, or by another release."""
        for separator in (self._dialect.separator, *csv_rows.SEPARATORS):
            with path.open(encoding="utf-8-sig", newline="") as file:
                names = next(csv.reader(file, delimiter=separator), [])
            if tuple(names[-len(_OURS) :]) == _OURS:
                self._names = names[: -len(_OURS)]
                self._dialect = replace(self._dialect, separator=separator)
                return

    def add(self, failures: Sequence[Failure]) -> None:
        """Write them down; on the disk when this returns."""
        if self._path is None or not failures:
            return
        self._append("".join(map(_line, failures)) if self._lines else self._csv(failures))

    def _csv(self, failures: Sequence[Failure]) -> str:
        return self._text(
            [[*map(_cell, _row(one, self._names)), one.code, one.reason] for one in failures]
        )

    def _text(self, rows: Sequence[Sequence[str]]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self._dialect.separator).writerows(rows)
        return text.getvalue()

    def _append(self, text: str) -> None:
        assert self._path is not None
        with self._path.open("ab") as file:
            file.write(text.encode())
            self.size = file.tell()


def _row(failure: Failure, names: Sequence[str]) -> list[Any]:
    """Its cells in the report's order; of a row with other columns, what an image is made of."""
    cells = failure.entry.cells
    if all(name in names or name in _OURS for name in cells):
        return [cells.get(name) for name in names]
    image = failure.entry.image
    document = image.document() if image is not None else dict(cells)
    return [document.get(name) for name in names]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(failure: Failure) -> str:
    """As it came: a cell of a CSV becomes a text under its column's name."""
    ours = dict(zip(_OURS, (failure.code, failure.reason), strict=True))
    return json.dumps({**failure.entry.cells, **ours}, ensure_ascii=False, default=str) + "\n"


def fits(path: Path, manifest: str) -> None:
    """A report must not overwrite what it is made of.

    Raises:
        errors.OperatorError: it would.
    """
    if manifest != reading.STANDARD_INPUT and path.resolve() == Path(manifest).resolve():
        raise errors.OperatorError(f"--report {path}: is the manifest itself")
