"""The parts of a hash that are looked up find all that is near."""

import hypothesis
from hypothesis import strategies as st

from wirephoto.renditions import likeness

HASHES = st.integers(-(2**63), 2**63 - 1)


@hypothesis.given(
    HASHES,
    st.sets(st.integers(0, 63), max_size=likeness.MOST_DISTANCE),
    st.integers(0, likeness.MOST_DISTANCE),
)
def test_whatever_differs_in_few_bits_has_one_part_among_those_looked_for(
    ours: int, flipped: set[int], more: int
) -> None:
    distance = min(likeness.MOST_DISTANCE, len(flipped) + more)
    other = ours % 2**64 ^ sum(1 << place for place in flipped)
    parts = likeness.parts(ours, distance)
    assert any(other >> 16 * place & 0xFFFF in values for place, values in enumerate(parts))


@hypothesis.given(HASHES)
def test_no_value_is_looked_for_twice_and_few_are(ours: int) -> None:
    for distance, counts in (
        (0, [1, 0, 0, 0]),
        (3, [1, 1, 1, 1]),
        (10, [137, 137, 137, 17]),
        (12, [697, 137, 137, 137]),
    ):
        found = likeness.parts(ours, distance)
        assert [len(values) for values in found] == counts
        assert all(len(values) == len(set(values)) for values in found)
        assert all(0 <= value < 2**16 for values in found for value in values)
