"""CSV: RFC 4180 and its relatives, with any of the usual separators."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from wirephoto.client.manifest import columns

SEPARATORS = ",;\t|"
_MOST_CELL_CHARACTERS = 1 << 24
_ANNOUNCED = re.compile(rf'"?sep=([{SEPARATORS}])"?', re.IGNORECASE)


class BadHead(Exception):
    """The first line names no columns of ours."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it came; ``number`` is its line, ``cells`` are by their columns."""

    number: int
    cells: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written: what parts its columns, and whether a mark says its encoding.

    ``marked`` is also one that is no UTF-8: spreadsheets take what has no mark for their own.
    """

    separator: str = ","
    marked: bool = False


def rows(
    text: TextIO, separator: str | None = None, named: Mapping[str, str] | None = None
) -> tuple["Head", Iterator[columns.Entry]]:
    """The columns, and each row as it is read. ``text`` keeps line ends (``newline=""``).

    ``named`` has our name of each column that has another.

    Raises:
        BadHead: the first line is none, or lacks a column that must be there.
    """
    named = named or {}
    found = head(text, separator, named)
    _check(found.names, named)
    records_ = records(text, found.separator, found.names, found.lines)
    return found, (_entry(one, named) for one in records_)


@dataclass(frozen=True, slots=True)
class Head:
    """``names`` of the columns, what parts them, and the ``lines`` they took."""

    names: list[str]
    separator: str
    lines: int


def head(
    text: TextIO, separator: str | None = None, named: Mapping[str, str] | None = None
) -> Head:
    """What stands in the first line; a line ``sep=;`` before it, as Excel has it, is none."""
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    line = text.readline()
    told = announced(line)
    if told is not None:
        line = text.readline()
    chosen = separator or told or _separator(line, named or {})
    names = next(csv.reader([line], delimiter=chosen), [])
    return Head(names, chosen, 1 if told is None else 2)


def announced(line: str) -> str | None:
    """The separator that a first line of a spreadsheet says, if it says nothing else."""
    said = _ANNOUNCED.fullmatch(line.rstrip("\r\n"))
    return said[1] if said else None


def records(text: TextIO, separator: str, names: Sequence[str], lines: int = 1) -> Iterator[Record]:
    """The rows that are left of ``text``, after so many ``lines``; those without a cell not."""
    reader = csv.reader(text, delimiter=separator, strict=True)
    while True:
        number = reader.line_num + lines + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield Record(number, {}, f"is no CSV: {fault}")
            continue
        if cells:
            yield _record(number, names, cells)


def _separator(head: str, named: Mapping[str, str]) -> str:
    """The one that parts the first line into columns of which we know the most."""

    def fit(one: str) -> tuple[int, int]:
        names = next(csv.reader([head], delimiter=one), [])
        return -len(columns.missing(columns.renamed(names, named))), len(names)

    return max(SEPARATORS, key=fit)


def _check(names: list[str], named: Mapping[str, str]) -> None:
    there = {name.strip() for name in names}
    lost = [column for column in named if column not in there]
    meant = columns.renamed(names, named)
    lost += columns.missing(meant)
    if lost:
        shown = ", ".join(map(repr, names[:20])) or "nothing"
        raise BadHead(
            f"there is no column {lost[0]!r}; the first line says {shown}."
            " Say which one it is: --column url=NAME --column id=NAME"
        )
    folded = [columns.known(name) for name in meant if name.strip()]
    twice = sorted({name for name in folded if folded.count(name) > 1})
    if twice:
        raise BadHead(f"the column {twice[0]!r} is there twice")


def _record(number: int, names: Sequence[str], cells: list[str]) -> Record:
    row = {name: cell for name, cell in zip(names, cells, strict=False) if name.strip()}
    if len(cells) > len(names) and any(cells[len(names) :]):
        return Record(number, row, f"has {len(cells)} cells, the first line {len(names)}")
    return Record(number, row)


def _entry(found: Record, named: Mapping[str, str]) -> columns.Entry:
    if found.problem:
        return columns.Entry(found.number, found.cells, None, found.problem)
    return columns.entry(found.number, found.cells, texts=True, named=named)
