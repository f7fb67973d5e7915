"""Images that come back are grouped into later chunks: none lost, none early, none mixed."""

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from wirephoto.db import chunks
from wirephoto.pipeline.steps import outcomes, settle

SORTS = [(False, False), (True, False), (False, True)]


def image(position: int) -> chunks.Image:
    return chunks.Image(position, "", str(position), "", "", "{}", None, None, None, None)


def work(tries: int = 1, waited: float | None = None) -> outcomes.Work:
    chunk = chunks.Chunk(1, 1, "job", None, 7, [], tries, 1, waited)
    return outcomes.Work(chunk, cast("Any", None), cast("Any", None), [])


def again(sorts: list[tuple[float, int]]) -> list[outcomes.Again]:
    return [
        outcomes.Again(image(position), delay, *SORTS[sort])
        for position, (delay, sort) in enumerate(sorts)
    ]


SORTED = st.lists(
    st.tuples(st.one_of(st.just(0.0), st.floats(0.1, 3600)), st.integers(0, 2)), max_size=64
)


@given(SORTED)
def test_every_image_is_in_exactly_one_later_chunk(sorts: list[tuple[float, int]]) -> None:
    later = settle._later(work(), again(sorts))
    assert sorted(p for one in later for p in one.positions) == list(range(len(sorts)))


@given(SORTED)
def test_no_image_comes_back_before_it_may_nor_much_later(sorts: list[tuple[float, int]]) -> None:
    for one in settle._later(work(), again(sorts)):
        for position in one.positions:
            delay = sorts[position][0]
            assert delay <= one.delay <= delay * 1.25


@given(SORTED)
def test_images_of_different_sorts_are_never_in_one_chunk(sorts: list[tuple[float, int]]) -> None:
    for one in settle._later(work(tries=2, waited=5.0), again(sorts)):
        (sort,) = {sorts[position][1] for position in one.positions}
        counted, _ = SORTS[sort]
        assert one.tries == (3 if counted else 2)
        assert one.waited == 5.0
        assert one.number == 7


def test_who_begins_to_wait_has_waited_for_nothing_yet() -> None:
    (waiting,) = settle._later(work(), again([(30.0, 2)]))
    (held_back,) = settle._later(work(), again([(1.0, 0)]))
    assert waiting.waited == 0.0
    assert held_back.waited is None
