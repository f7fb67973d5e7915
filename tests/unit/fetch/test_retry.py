"""The schedule of tries."""

import random

import hypothesis
import pytest
from hypothesis import strategies as st

from wirephoto.pipeline.fetch import retry

DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 2), (2, 10), (3, 60), (4, 120), (5, 240), (6, 480), (30, DAY)]
)
def test_waits_grow_and_scatter_by_a_fifth(tries: int, seconds: float) -> None:
    rng = random.Random(1)
    waits = [retry.delay(tries, retry_after=None, rng=rng) for _ in range(500)]

    assert all(0.8 * seconds <= wait <= 1.2 * seconds for wait in waits)
    assert max(waits) - min(waits) > 0.3 * seconds


def test_the_same_source_of_chance_gives_the_same_waits() -> None:
    first, second = random.Random(7), random.Random(7)

    assert retry.delay(3, retry_after=None, rng=first) == retry.delay(
        3, retry_after=None, rng=second
    )


def test_what_the_origin_asks_for_wins_where_it_is_longer() -> None:
    assert retry.delay(1, retry_after=100, rng=random.Random(1)) == 100
    assert retry.delay(3, retry_after=1, rng=random.Random(1)) > 40


def test_no_origin_holds_a_picture_longer_than_a_day() -> None:
    assert retry.delay(1, retry_after=DAY * 30, rng=random.Random(1)) == DAY


@hypothesis.given(st.integers(1, 10**9), st.none() | st.floats(0, 1e12), st.integers())
def test_any_wait_is_finite_and_positive(tries: int, retry_after: float | None, seed: int) -> None:
    wait = retry.delay(tries, retry_after=retry_after, rng=random.Random(seed))

    assert 1.6 <= wait <= 1.2 * DAY
