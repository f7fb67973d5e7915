"""Names are remembered for a while, within a bound of names and of addresses."""

import random

from wirephoto.net import names


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_name_is_known_for_its_time_and_no_longer() -> None:
    clock = Clock()
    kept = names.Names(10.0, clock)
    kept.keep("a.example", ["192.0.2.1", "192.0.2.2"])
    clock.now = 10.0
    assert kept.get("a.example") == ["192.0.2.1", "192.0.2.2"]
    clock.now = 10.1
    assert kept.get("a.example") is None
    assert kept.get("b.example") is None


def test_a_later_answer_takes_the_place_of_the_one_before() -> None:
    kept = names.Names(10.0, Clock())
    kept.keep("a.example", ["192.0.2.1"] * 3)
    kept.keep("a.example", ["192.0.2.2"])
    assert kept.get("a.example") == ["192.0.2.2"]
    assert (len(kept), kept.addresses) == (1, 1)


def test_neither_many_names_nor_names_with_many_addresses_are_more_than_the_bound() -> None:
    dice = random.Random(4)
    kept = names.Names(10.0, Clock())
    most = 0
    for number in range(50_000):
        found = ["192.0.2.1"] * dice.choice((1, 1, 1, 2, 8, 4000 if number % 100 == 0 else 1))
        kept.keep(f"{number}.example", found)
        assert len(kept) <= names.NAMES
        assert kept.addresses <= names.ADDRESSES
        assert kept.get(f"{number}.example") == found
        most = max(most, kept.addresses)
    assert most > names.ADDRESSES / 2


def test_one_answer_beyond_the_bound_is_used_and_not_kept() -> None:
    kept = names.Names(10.0, Clock())
    kept.keep("a.example", ["192.0.2.1"] * (names.ADDRESSES + 1))
    assert kept.get("a.example") is None
    assert kept.addresses == 0
