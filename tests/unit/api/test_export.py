"""Rows as CSV and JSON lines: what was posted comes back as it was, and nothing is a formula."""

import csv
import hashlib
import io
import json
import re
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from wirephoto.api import export
from wirephoto.db import results

TEXTS = strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ALARMING = strategies.sampled_from(
    [
        "=1+1",
        "+49 30",
        "-x",
        "@a",
        "\t=1",
        "\r\n",
        "'=1",
        "'",
        " =1",
        "\uff1d1",
        '"',
        "a;=1",
        "5",
        "true",
    ]
)
ANY_TEXT = TEXTS | ALARMING
NAMES = strategies.sampled_from(
    ["caption", "source", "url", "id", "metadata", "_code", "=cmd", "", "by line", "Höhe", "a.b-c"]
)
VALUES = ANY_TEXT | strategies.none() | strategies.booleans() | strategies.integers(-9, 9)
METADATA = strategies.dictionaries(
    NAMES, VALUES | strategies.lists(ANY_TEXT, max_size=2), max_size=5
)
ROWS = strategies.builds(
    lambda url, id_, name, handle, checksum, metadata, reason: results.Exported(
        position=0,
        url=url,
        external_id=id_,
        file_name=name,
        media_type=handle,
        metadata=json.dumps(metadata),
        checksum=checksum or None,
        sha256=hashlib.sha256(url.encode()).hexdigest() if len(name) % 2 else None,
        state="failed",
        code="http_status",
        reason=reason,
        retryable=False,
        http_status=404,
        attempts=1,
        entry_id=None,
    ),
    *(ANY_TEXT,) * 5,
    METADATA,
    ANY_TEXT,
)


def written(rows: list[results.Exported]) -> str:
    """As the route does it: names of texts from all rows, then head and lines."""
    names = sorted(
        {
            name
            for row in rows
            for name, value in json.loads(row.metadata).items()
            if isinstance(value, str)
        }
    )
    columns = export.columns(names, versioned=any(row.checksum or row.sha256 for row in rows))
    return (export.csv_head(columns) + export.csv_lines(rows, columns)).decode()


def read_back(text: str) -> list[dict[str, Any]]:
    """As the documentation tells a reader to do it."""
    found = []
    for cells in csv.DictReader(io.StringIO(text, newline="")):
        for name in cells["_guarded"].split():
            cells[name] = cells[name].removeprefix("'")
        asked = {name: cells.pop(name) for name in ("url", "id", "fileName", "mediaType")}
        asked |= {name: cells.pop(name, "") for name in ("checksum", "sha256")}
        rest = json.loads(cells.pop("metadata") or "{}")
        shown = {name: text for name, text in cells.items() if text and not name.startswith("_")}
        found.append(asked | {"metadata": {**shown, **rest}})
    return found


def asked_for(row: results.Exported) -> dict[str, Any]:
    return {
        "url": row.url,
        "id": row.external_id,
        "fileName": row.file_name,
        "mediaType": row.media_type,
        "checksum": row.checksum or "",
        "sha256": row.sha256 or "",
        "metadata": json.loads(row.metadata),
    }


@hypothesis.settings(max_examples=200)
@hypothesis.given(strategies.lists(ROWS, max_size=4))
def test_what_was_posted_is_read_back_from_csv_and_json_lines(
    rows: list[results.Exported],
) -> None:
    expected = [asked_for(row) for row in rows]
    assert read_back(written(rows)) == expected
    lines = [json.loads(line) for line in export.json_lines(rows).splitlines()]
    assert [
        {name: line.get(name, "") for name in one}
        for line, one in zip(lines, expected, strict=True)
    ] == expected


@hypothesis.settings(max_examples=200)
@hypothesis.given(strategies.lists(ROWS, min_size=1, max_size=3))
def test_no_cell_of_a_csv_begins_like_a_formula(rows: list[results.Exported]) -> None:
    for cells in csv.reader(io.StringIO(written(rows), newline="")):
        for cell in cells:
            assert not re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]", cell), cell


def test_only_plain_names_get_a_column_and_only_so_many() -> None:
    odd = ["=cmd", "_x", "", "by line", "metadata", "url", "id", "checksum", "1st", "a\nb"]
    plain = ["caption", "Höhe", "dc.title", "by-line"]
    assert export.columns([*odd, *plain], versioned=False).properties == plain
    many = [f"p{n}" for n in range(1000)]
    assert len(export.columns(many, versioned=False).properties) == export.MOST_PROPERTIES


def test_versions_have_columns_only_where_a_job_has_any() -> None:
    names = ("url", "id", "fileName", "mediaType")
    assert export.columns([], versioned=False).asked == names
    assert export.columns([], versioned=True).asked == (*names, "checksum", "sha256")


@pytest.mark.parametrize("number", ["1e300", "123456789012345678901234567890", "1.10"])
def test_numbers_of_metadata_are_not_rewritten_in_json_lines(number: str) -> None:
    line = export.json_lines([_row(f'{{"n": {number}}}')])
    assert f'"metadata":{{"n": {number}}}'.encode() in line


def _row(metadata: str) -> results.Exported:
    return results.Exported(
        position=0,
        url="http://e.example/",
        external_id="1",
        file_name="f",
        media_type="image",
        metadata=metadata,
        checksum=None,
        sha256=None,
        state="success",
        code=None,
        reason=None,
        retryable=None,
        http_status=None,
        attempts=1,
        entry_id="e",
    )
