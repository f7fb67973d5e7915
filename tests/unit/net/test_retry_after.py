"""What Retry-After may say."""

from datetime import UTC, datetime

import hypothesis
import pytest
from hypothesis import strategies as st

from wirephoto.net import retry_after

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("-5", 0),
        ("86401", DAY),
        ("9" * 5000, DAY),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30),
        ("Friday, 20-Nov-26 12:00:30 GMT", 30),
        ("Fri Nov 20 12:00:30 2026", 30),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2099 12:00:00 GMT", DAY),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float) -> None:
    assert retry_after.parse(header, NOW) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "1.5", "1e3", "²", "٣", "--1", "+3", "Fri, "])
def test_what_is_neither_seconds_nor_a_date_asks_for_nothing(header: str | None) -> None:
    assert retry_after.parse(header, NOW) is None


@hypothesis.given(
    st.text() | st.from_regex(r"[A-Za-z]{3}, \d+ [A-Za-z]{3} \d+ \d+:\d+:\d+ [-+]?\d*")
)
def test_no_header_raises_or_leaves_the_day(header: str) -> None:
    seconds = retry_after.parse(header, NOW)

    assert seconds is None or 0 <= seconds <= DAY
