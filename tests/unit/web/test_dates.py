"""Dates as people write them in their lists."""

import pytest

from wirephoto.client.manifest import csv_rows
from wirephoto.web.bringing import checking, dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24.11.2026", "2026-11-24"),
        (" 4.1.2026 ", "2026-01-04"),
        ("4. 1. 2026", "2026-01-04"),
        ("2026/11/24", "2026-11-24"),
        ("24/11/2026", "2026-11-24"),
        ("11/24/2026", "2026-11-24"),
        ("03/03/2026", "2026-03-03"),
        ("2026-11-24", "2026-11-24"),
    ],
)
def test_a_day_is_read_in_the_ways_that_people_write_it(text: str, day: str) -> None:
    assert dates.day(text) == day


@pytest.mark.parametrize(
    "text", ["03/04/2026", "30.2.2026", "24.11.26", "11.2026", "gestern", "", "24.11.2026 14:05"]
)
def test_what_can_be_read_in_two_ways_or_in_none_stays_as_it_is(text: str) -> None:
    assert dates.day(text) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24.11.2026 14:05", "2026-11-24T14:05:00"),
        ("24.11.2026, 14:05:33", "2026-11-24T14:05:33"),
        ("4.1.2026 9.05 Uhr", "2026-01-04T09:05:00"),
        ("4. 1. 2026 9:05", "2026-01-04T09:05:00"),
        ("24/11/2026", "2026-11-24T00:00:00"),
        ("2026-11-24T14:05:00Z", "2026-11-24T14:05:00Z"),
        ("03/04/2026 14:05", "03/04/2026 14:05"),
        ("24.11.2026 25:05", "24.11.2026 25:05"),
    ],
)
def test_a_moment_is_a_day_with_a_time_behind_it(text: str, moment: str) -> None:
    assert dates.moment(text) == moment


def test_cells_of_properties_that_are_dates_are_read_so_and_no_others() -> None:
    asked = checking.Asked("utf-8", ";", True, [], "desk", dates={"taken": False, "embargo": True})
    cells = {"url": "https://h.example/1.jpg", "id": "1", "caption": "24.11.2026"}
    cells |= {"taken": "24.11.2026", "embargo": "24.11.2026 06:00"}
    record = csv_rows.Record(2, cells)
    image, problems = checking.judge(record, {name: name for name in cells}, asked)
    assert problems == []
    assert image
    assert image["metadata"] == {
        "caption": "24.11.2026",
        "taken": "2026-11-24",
        "embargo": "2026-11-24T06:00:00",
    }
