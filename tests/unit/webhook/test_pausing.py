"""Five days of nothing but failures pause an endpoint; nothing else does."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto.pipeline.webhook import pausing, schedule

HOUR = 3600.0


@pytest.mark.parametrize(
    ("failing", "quiet", "paused"),
    [
        (None, None, False),
        (0, 0, False),
        (119.9 * HOUR, 20 * HOUR, False),
        (120 * HOUR, 20 * HOUR, True),
        (500 * HOUR, 47 * HOUR, True),
        (500 * HOUR, 49 * HOUR, False),
    ],
)
def test_it_is_paused_after_five_days_without_a_longer_silence(
    failing: float | None, quiet: float | None, paused: bool
) -> None:
    assert pausing.after_failure(failing, quiet).paused is paused


@pytest.mark.parametrize(("failing", "quiet"), [(None, None), (500 * HOUR, 49 * HOUR)])
def test_failures_are_counted_anew_at_the_first_and_after_two_quiet_days(
    failing: float | None, quiet: float | None
) -> None:
    assert pausing.after_failure(failing, quiet) == pausing.Verdict(anew=True, paused=False)


@given(st.floats(0, 1e8), st.floats(0, 1e8))
def test_what_is_paused_stays_so_through_any_failure(failing: float, quiet: float) -> None:
    assert pausing.after_failure(failing, quiet, paused=True) == pausing.Verdict(
        anew=False, paused=True
    )


@given(st.lists(st.floats(1, 47), min_size=1, max_size=400))
def test_a_receiver_is_paused_exactly_when_its_incident_lasts_for_five_days(
    gaps: list[float],
) -> None:
    """Failures one after the other, hours apart."""
    since: float | None = None
    now = last = 0.0
    for gap in gaps:
        failing = None if since is None else (now - since) * HOUR
        verdict = pausing.after_failure(failing, None if since is None else (now - last) * HOUR)
        since = now if verdict.anew or since is None else since
        assert verdict.paused is (now - since >= 120)
        if verdict.paused:
            return
        last, now = now, now + gap


def test_the_schedule_is_that_of_the_contract_give_or_take_a_fifth() -> None:
    expected = [5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    rng = random.Random(1)
    for tries, seconds in enumerate(expected, 1):
        drawn = [schedule.after(tries, retry_after=None, rng=rng) for _ in range(500)]
        assert all(one is not None and abs(one / seconds - 1) <= 0.2 for one in drawn)
        assert len(set(drawn)) > 400
    assert schedule.after(11, retry_after=None, rng=rng) is None


def test_retry_after_makes_a_try_later_and_never_earlier() -> None:
    rng = random.Random(1)
    assert schedule.after(1, retry_after=100, rng=rng) == 100
    assert (schedule.after(3, retry_after=1, rng=rng) or 0) >= 240
    assert schedule.after(1, retry_after=1e9, rng=rng) == 24 * HOUR
