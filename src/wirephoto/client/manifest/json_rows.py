"""JSON Lines, one object a line; and a file that is one JSON array."""

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from wirephoto.client.manifest import columns


def lines(text: TextIO) -> Iterator[columns.Entry]:
    """A row for each line that is not empty."""
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as fault:
            yield columns.Entry(number, {}, None, f"is no JSON: {fault}")
        else:
            yield _row(number, value)


def array(values: Iterable[object]) -> Iterator[columns.Entry]:
    """A row for each element."""
    for number, value in enumerate(values, 1):
        yield _row(number, value)


def _row(number: int, value: object) -> columns.Entry:
    if not isinstance(value, dict):
        return columns.Entry(number, {}, None, "must be a JSON object")
    return columns.entry(number, value, texts=False)
