"""Which parts of a hash to look for. Pure.

Two hashes that differ in few bits differ in very few of them in one of their four parts of 16: that
part is among the few that differ so little from ours. How few, for each part: were they to differ
in more in all four, it would be one bit more in each, and more than ``distance`` together.
"""

import itertools

PARTS = 4
PART_BITS = 16
MOST_DISTANCE = 12
"""Bits in which hashes may differ; at 13 a library of a million holds one that does by chance."""


def parts(difference_hash: int, distance: int) -> list[list[int]]:
    """For each part, the lowest bits first: what it may be; nothing where others find it."""
    unsigned = difference_hash % (1 << PARTS * PART_BITS)
    mask = (1 << PART_BITS) - 1
    return [
        _near(unsigned >> place * PART_BITS & mask, (distance - place) // PARTS)
        for place in range(PARTS)
    ]


def _near(value: int, bits: int) -> list[int]:
    """All values that differ in at most so many bits; none where ``bits`` is below zero."""
    return [
        value ^ sum(1 << place for place in places)
        for count in range(bits + 1)
        for places in itertools.combinations(range(PART_BITS), count)
    ]
