"""How many requests at once an origin is asked for, against origins that are simulated."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.pipeline.fetch import ease

CEILING = 16

Answer = Callable[[int], tuple[float, bool]]  # requests at once to seconds, and whether in trouble


class Line:
    """Requests that are always as many as may be, in rounds, by a clock of its own."""

    def __init__(self, answer: Answer, ceiling: int = CEILING) -> None:
        self.ease = ease.Ease()
        self.now = 0.0
        self.troubles = 0
        self._answer = answer
        self._ceiling = ceiling

    @property
    def busy(self) -> int:
        return min(self.ease.most, self._ceiling)

    def run(self, seconds: float) -> list[int]:
        """How many were under way, round by round."""
        seen, until = [], self.now + seconds
        while self.now < until:
            seen.append(self.busy)
            self._round(self.busy)
        return seen

    def _round(self, busy: int) -> None:
        took, trouble = self._answer(busy)
        self.now += took
        for _ in range(busy):  # each makes room for the next, before another ends
            if not trouble:
                self.ease.heard(took)
            self.troubles += trouble
            self.ease.ended(self.now, trouble=trouble, busy=self.busy, ceiling=self._ceiling)


def test_an_origin_that_takes_all_is_asked_for_all_within_three_answers_time() -> None:
    line = Line(lambda _: (0.1, False))
    assert line.run(0.35)[-1] == CEILING
    assert set(line.run(60)) == {CEILING}


def test_a_small_job_is_never_held_back() -> None:
    assert ease.Ease().most >= 3


def test_trouble_halves_once_for_all_that_were_under_way_and_one_a_second_comes_back() -> None:
    troubled = False
    line = Line(lambda _: (0.1, troubled))
    line.run(2)
    troubled = True
    line.run(0.1)
    troubled = False
    assert line.busy == CEILING // 2
    assert line.run(3)[-1] in {10, 11}
    assert line.run(8)[-1] == CEILING


def test_an_origin_that_bears_five_is_left_at_about_five() -> None:
    line = Line(lambda busy: (0.05, busy > 5))
    line.run(60)
    seen = line.run(60)
    assert min(seen) >= 2
    assert max(seen) <= 6
    assert line.troubles < 0.05 * sum(seen)


def test_an_origin_that_is_in_trouble_all_the_time_is_asked_one_by_one() -> None:
    line = Line(lambda _: (0.1, True))
    assert line.run(5)[-1] == 1


def test_an_origin_that_answers_slower_the_more_it_is_asked_is_asked_for_less() -> None:
    line = Line(lambda busy: (0.2 * busy, False))  # one after the other
    line.run(60)
    seen = line.run(600)
    assert min(seen) >= ease.EASY
    assert max(seen) < CEILING - 3


def test_an_origin_that_is_slow_by_itself_is_asked_for_all() -> None:
    line = Line(lambda _: (3.0, False))
    assert line.run(60)[-1] == CEILING


def test_an_origin_that_became_slower_for_good_is_asked_for_all_again() -> None:
    seconds = 0.1
    line = Line(lambda _: (seconds, False))
    line.run(60)
    seconds = 1.0
    assert min(line.run(30)) == ease.EASY
    assert line.run(60)[-1] == CEILING


def test_milliseconds_that_our_own_side_adds_are_no_trouble() -> None:
    line = Line(lambda busy: (0.005 * busy, False))
    line.run(5)
    assert set(line.run(60)) == {CEILING}


def test_what_is_not_in_use_does_not_grow() -> None:
    one = ease.Ease()
    for number in range(100):
        one.ended(number / 10, trouble=False, busy=1, ceiling=CEILING)
    assert one.most == ease.BEGIN


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.booleans(), st.integers(1, 20), st.integers(0, 20)),
        max_size=200,
    )
)
def test_whatever_comes_it_stays_between_one_and_what_is_allowed(
    ends: list[tuple[float, bool, int, int]],
) -> None:
    one, now = ease.Ease(), 0.0
    for seconds, trouble, busy, ceiling in ends:
        now += seconds
        one.heard(seconds)
        one.ended(now, trouble=trouble, busy=busy, ceiling=ceiling)
        assert 1 <= one.most <= max(ease.BEGIN, *(end[3] for end in ends))


@pytest.mark.parametrize(
    ("failure", "shown"),
    [
        (errors.HttpStatus("", transient=True, http_status=503), True),
        (errors.HttpStatus("", transient=True, http_status=429), True),
        (errors.HttpStatus("", transient=True, http_status=500), False),
        (errors.HttpStatus("", http_status=404), False),
        (errors.Timeout("", transient=True), True),
        (errors.Unreachable("", transient=True), True),
        (errors.Unreachable(""), False),
        (errors.Truncated("", transient=True), True),
        (errors.StorageFailed("", transient=True), False),
        (errors.TooLarge(""), False),
        (None, False),
    ],
    ids=str,
)
def test_only_what_an_origin_does_under_strain_is_trouble(
    failure: errors.PictureError | None, shown: bool
) -> None:
    assert ease.is_too_much(failure) is shown
