"""What a list of pictures is: its encoding, what parts its columns, and its rows. Blocking."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from wirephoto.client.manifest import csv_rows, text
from wirephoto.net import misspelt

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1250", "cp437", "cp850", "mac_roman")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "": "none"}
MOST_COLUMNS = 200
_SAMPLE = 5


class Unreadable(Exception):
    """It is no list; the message says why, a key of ``words``."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a list is read. Without ``headed`` its first line is a row; ``separator`` may be none."""

    encoding: str
    separator: str
    headed: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """``names`` of the columns, and the first rows."""

    names: list[str]
    sample: list[csv_rows.Record]


def shape(content: BinaryIO, *, pasted: bool) -> Shape:
    """How it is best read.

    Raises:
        Unreadable: it is empty, or no text.
    """
    content.seek(0)
    encoding = text.encoding(content)
    with _opened(content, encoding) as lines:
        first = lines.readline()
        while first and not first.strip():
            first = lines.readline()
        if told := csv_rows.announced(first):
            first = lines.readline()
    if not first.strip():
        raise Unreadable("There is nothing in it.")
    if "\0" in first:
        raise Unreadable("This is no text: save the sheet as CSV.")
    bare = not told and (pasted or not any(one in first for one in ",;\t|"))
    address = "://" in first or (bare and _is_meant(first.strip()))
    alone = address and bare
    if alone and "\t" not in first:
        return Shape(encoding, "", headed=False)
    head = csv_rows.head(io.StringIO(first), told)
    return Shape(encoding, head.separator if len(head.names) > 1 else ",", headed=not address)


def _is_meant(line: str) -> bool:
    """As an address, though it is none: its row tells why, where a title of a column could not."""
    return misspelt.is_address(line) or misspelt.is_path(line)


def outline(content: BinaryIO, given: Shape) -> Outline:
    """Raises Unreadable: it cannot be read like this."""
    with _opened(content, given.encoding) as lines:
        names, rows = _read(lines, given)
        sample = [row for _, row in zip(range(_SAMPLE), rows, strict=False)]
    return Outline(names, sample)


def rows(content: BinaryIO, given: Shape) -> Iterator[csv_rows.Record]:
    """All rows. Raises as ``outline``."""
    with _opened(content, given.encoding) as lines:
        yield from _read(lines, given)[1]


@contextlib.contextmanager
def _opened(content: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    content.seek(0)
    lines = io.TextIOWrapper(content, encoding, newline="")
    try:
        yield lines
    except UnicodeDecodeError:
        raise Unreadable("The text is in another encoding. Choose one below.") from None
    finally:
        lines.detach()


def _read(lines: io.TextIOWrapper, given: Shape) -> tuple[list[str], Iterator[csv_rows.Record]]:
    if not given.separator:
        return ["url"], _lines(lines)
    head = csv_rows.head(lines, given.separator)
    names = head.names
    if len(names) > MOST_COLUMNS:
        raise Unreadable("It has more than 200 columns.")
    if given.headed:
        unique = _unique(names)
        return unique, csv_rows.records(lines, given.separator, unique, head.lines)
    lines.seek(0)
    before = head.lines - 1
    for _ in range(before):
        lines.readline()
    numbers = [str(number) for number in range(1, len(names) + 1)]
    return numbers, csv_rows.records(lines, given.separator, numbers, before)


def _unique(names: list[str]) -> list[str]:
    """Every column has a name of its own."""
    found: list[str] = []
    for at, name in enumerate(names, 1):
        short = name.strip()[:100] or str(at)
        found.append(short if short not in found else f"{short} ({at})")
    return found


def _lines(lines: io.TextIOWrapper) -> Iterator[csv_rows.Record]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield csv_rows.Record(number, {"url": line.strip()})
