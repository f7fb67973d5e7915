"""A short, seeded part of ``make fuzz``."""

import random

import pytest

from tests.fuzz import judging, mutation


@pytest.mark.parametrize("seed", range(6))
def test_any_bytes_are_a_picture_or_one_failure_soon(seed: int) -> None:
    chance = random.Random(seed)
    ends = {judging.judge(mutation.one(chance)) for _ in range(500)}
    assert {"truncated", "not_an_image", "jpg", "png", "svg"} <= ends
