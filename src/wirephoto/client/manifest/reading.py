"""A manifest by its name: what it is, and its rows as they are read."""

import codecs
import contextlib
import gzip
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast

from wirephoto.client.manifest import columns, csv_rows, json_rows, parquet_rows, text

Kind = Literal["csv", "jsonl", "json", "parquet"]
STANDARD_INPUT = "-"
_UNMARKED = frozenset({"utf-8", "ascii"})
_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}


class Unreadable(Exception):
    """The manifest as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """An open manifest; ``names`` are the columns of a CSV, else empty.

    ``dialect`` is that of a CSV, else the plainest.
    """

    kind: Kind
    names: list[str]
    rows: Iterator[columns.Entry]
    dialect: csv_rows.Dialect = field(default_factory=csv_rows.Dialect)


@contextlib.contextmanager
def opened(
    name: str,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    named: Mapping[str, str] | None = None,
) -> Iterator[Manifest]:
    """The manifest of this name; ``-`` is standard input. ``.gz`` after its name is unpacked.

    ``named`` has our name of each column of a CSV that has another.

    Raises:
        Unreadable: it is not there, is of no kind we know, or its first line names no columns.
    """
    try:
        with contextlib.ExitStack() as stack:
            found = _open(stack, name, _How(encoding, separator, named or {}))
            if named and found.kind != "csv":
                raise Unreadable(f"{name}: --column is for CSV alone")
            yield found
    except (csv_rows.BadHead, parquet_rows.NoDuckdb) as fault:
        raise Unreadable(f"{name}: {fault}") from None
    except UnicodeDecodeError as fault:
        raise Unreadable(f"{name}: is not {fault.encoding}; say what it is by --encoding") from None
    except OSError as fault:
        raise Unreadable(f"{name}: {fault.strerror or fault}") from None


@dataclass(frozen=True, slots=True)
class _How:
    """How a text is read; None: found out."""

    encoding: str | None
    separator: str | None
    named: Mapping[str, str]


def _open(stack: contextlib.ExitStack, name: str, how: _How) -> Manifest:
    if name == STANDARD_INPUT:
        given = stack.enter_context(os.fdopen(os.dup(sys.stdin.fileno()), "rb"))
        kind: Kind = "jsonl" if given.peek(1).lstrip()[:1] == b"{" else "csv"
        raw: BinaryIO = given
        marked = given.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8)
        return _manifest(
            stack, kind, raw, how.encoding or ("utf-8-sig" if marked else "utf-8"), how
        )
    path = Path(name)
    kind = _kind(path)
    if kind == "parquet":
        path.open("rb").close()  # it is there
        return Manifest(kind, [], parquet_rows.rows(str(path)))
    raw = stack.enter_context(_bytes(path))
    return _manifest(stack, kind, raw, how.encoding or text.encoding(raw), how)


def _bytes(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")


def _kind(path: Path) -> Kind:
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    found = _KINDS.get(suffix.lower())
    if found is None:
        known = ", ".join(sorted(_KINDS))
        raise Unreadable(f"{path}: what it is cannot be told by its name; known are {known}")
    return found


def _manifest(
    stack: contextlib.ExitStack, kind: Kind, raw: BinaryIO, encoding: str, how: _How
) -> Manifest:
    try:
        given = stack.enter_context(io.TextIOWrapper(raw, encoding, newline=""))
    except LookupError:
        raise Unreadable(f"--encoding: there is no encoding {encoding!r}") from None
    if kind == "csv":
        head, rows = csv_rows.rows(given, how.separator, how.named)
        marked = codecs.lookup(encoding).name not in _UNMARKED
        return Manifest(kind, head.names, rows, csv_rows.Dialect(head.separator, marked))
    return Manifest(kind, [], json_rows.lines(given) if kind == "jsonl" else _array(given))


def _array(given: io.TextIOWrapper) -> Iterator[columns.Entry]:
    try:
        values = json.load(given)
    except ValueError as fault:
        raise Unreadable(f"is no JSON: {fault}") from None
    if not isinstance(values, list):
        raise Unreadable("must be a JSON array of objects; JSON Lines are named .jsonl")
    return json_rows.array(values)
