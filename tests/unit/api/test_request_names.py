"""What a client calls its request is taken where it is an id, and nothing else."""

import pytest

from wirephoto.api import naming


@pytest.mark.parametrize(
    "given",
    [
        "7",
        "3f1c9c1e-7a1b-4a53-9d3b-0a7a0b6a6d11",
        "Root=1-67891233-abcdef012345678912345678",
        "x" * 128,
    ],
)
def test_an_id_is_kept(given: str) -> None:
    assert naming.name(given) == given


@pytest.mark.parametrize(
    "given",
    [None, "", "two words", "a\tb", "x" * 129, '"}', "é", "<b>", "-first", "http://a/?sig=1"],
)
def test_anything_else_gets_a_new_one(given: str | None) -> None:
    first, second = naming.name(given), naming.name(given)
    assert first != second
    assert first != given
    assert naming.name(first) == first
