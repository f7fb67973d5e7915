"""Parquet by DuckDB, which is installed by ``wirephoto[parquet]``."""

import datetime as dt
import decimal
import itertools
from collections.abc import Iterator
from typing import Any

from wirephoto.client.manifest import columns

_BLOCK_ROWS = 2000


class NoDuckdb(Exception):
    """The extra is not installed."""


def rows(path: str) -> Iterator[columns.Entry]:
    """A row for each of the file; memory does not grow with it.

    Raises:
        NoDuckdb: it cannot be read here.
    """
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise NoDuckdb("Parquet needs DuckDB: pip install 'wirephoto[parquet]'") from None
    numbers = itertools.count(1)
    with duckdb.connect() as connection:
        found = connection.execute("select * from read_parquet($1)", [path])
        names = [column[0] for column in found.description or ()]
        while block := found.fetchmany(_BLOCK_ROWS):
            for values in block:
                cells = dict(zip(names, map(_plain, values), strict=True))
                yield columns.entry(next(numbers), cells, texts=False)


def _plain(value: Any) -> Any:
    """As JSON has it: dates in ISO 8601, decimals as numbers, bytes as nothing JSON can say."""
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
