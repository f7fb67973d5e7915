"""Whatever the bytes, the answer is a picture or one leaf of ``errors.PictureError``."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files import samples
from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.inspection import verdict

NAMES = samples.SAVED_NAMES + samples.BUILT_NAMES
LIMITS = judged.limits()
LEAVES = tuple(errors.PictureError.__subclasses__())
LIES = [b"\0", b"\xff", b"\x7f", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff" * 8]


def _judge(data: bytes) -> model.Picture | None:
    """The picture, or None; anything else that is raised fails the test."""
    try:
        found = verdict.inspect(data, LIMITS)
    except LEAVES:
        return None
    assert found.width >= 1
    assert found.height >= 1
    assert 1 <= found.frames <= LIMITS.max_frames
    assert found.width * found.height * found.frames <= LIMITS.max_pixels
    return found


@settings(max_examples=300)
@given(st.binary(max_size=600))
def test_random_bytes_are_judged(data: bytes) -> None:
    _judge(data)


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.integers(4, 40), st.binary(max_size=400))
def test_random_bytes_after_a_true_beginning_are_judged(name: str, kept: int, data: bytes) -> None:
    _judge(samples.sample(name).data[:kept] + data)


@settings(max_examples=500)
@given(st.data())
def test_pictures_with_bytes_replaced_are_judged(data: st.DataObject) -> None:
    whole = bytearray(samples.sample(data.draw(st.sampled_from(samples.BUILT_NAMES))).data)
    places = st.integers(0, len(whole) - 1)
    for at, lie in data.draw(st.lists(st.tuples(places, st.sampled_from(LIES)), max_size=4)):
        whole[at : at + len(lie)] = lie
    _judge(bytes(whole))


@pytest.mark.parametrize("name", NAMES)
def test_every_flipped_byte_of_a_header_is_judged(name: str) -> None:
    data = samples.sample(name).data
    for at in range(min(len(data), 300)):
        for value in (0, 0x7F, 0xFF, data[at] ^ 1):
            _judge(data[:at] + bytes((value,)) + data[at + 1 :])
