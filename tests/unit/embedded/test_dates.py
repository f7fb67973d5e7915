"""Dates, as far as they are certain."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto.pipeline.embedded import dates

FOUND = [
    ("2024", "2024"),
    ("2024-03", "2024-03"),
    ("2024-03-22", "2024-03-22"),
    ("20240322", "2024-03-22"),
    ("2024:03:22 00:23:02", "2024-03-22T00:23:02"),
    ("2024-03-22 00:23", "2024-03-22T00:23"),
    ("2024-03-22T10", "2024-03-22"),
    ("2024-03-22T10:11:12.5+02:00", "2024-03-22T10:11:12.5+02:00"),
    ("2024-03-22T10:11:12Z", "2024-03-22T10:11:12Z"),
    ("2024-03-22T10:11:12+0200", "2024-03-22T10:11:12+02:00"),
    ("2024-03-22T10:11-05", "2024-03-22T10:11-05:00"),
    ("2024-03-22T24:00:00", "2024-03-22"),
    ("2024-00-00", "2024"),
    ("2023-02-29", None),
    ("0000-01-01", None),
    ("22.03.2024", None),
    ("circa 1918", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "read"), FOUND)
def test_a_date_is_normalised_as_far_as_it_is_certain(written: str, read: str | None) -> None:
    assert dates.iso(written) == read


@given(st.datetimes(timezones=st.none() | st.just(dt.UTC)))
def test_a_whole_date_is_read_back(instant: dt.datetime) -> None:
    written = instant.isoformat()
    assert dates.iso(written) == written


@given(st.text())
def test_any_text_is_a_date_that_is_or_none(text: str) -> None:
    found = dates.iso(text)
    if found is not None and len(found) >= len("YYYY-MM-DD"):
        dt.datetime.fromisoformat(found)
