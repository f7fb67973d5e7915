"""No half picture passes, whatever wrote it and wherever it was cut."""

import pytest

from tests.files import samples
from tests.unit.inspection import judged
from wirephoto import errors

SIGNATURE = 16
HEAD, TAIL = 700, 200


@pytest.mark.parametrize("name", samples.SAVED_NAMES + samples.BUILT_NAMES)
def test_a_whole_picture_is_what_it_was_made_as(name: str) -> None:
    sample = samples.sample(name)
    assert judged.picture(sample.data) == sample.picture


@pytest.mark.parametrize("name", samples.SAVED_NAMES)
def test_the_size_is_the_one_that_libvips_shows(name: str) -> None:
    data = samples.sample(name).data
    assert judged.size(data) == samples.shown_by_libvips(data)


@pytest.mark.parametrize("name", samples.BUILT_NAMES)
def test_no_cut_of_a_small_picture_passes(name: str) -> None:
    data = samples.sample(name).data
    for length in range(len(data)):
        judged.error(data[:length])


@pytest.mark.parametrize("name", samples.SAVED_NAMES)
def test_no_cut_of_an_encoded_picture_passes(name: str) -> None:
    data = samples.sample(name).data
    tenths = {len(data) * tenth // 10 for tenth in range(10)}
    lengths = tenths | {*range(min(HEAD, len(data)))} | {*range(len(data) - TAIL, len(data))}
    for length in sorted(lengths):
        refused = judged.error(data[:length])
        assert length < SIGNATURE or type(refused) is errors.Truncated


@pytest.mark.parametrize("name", ["jpeg baseline", "png", "gif animated", "webp lossy"])
def test_bytes_after_the_end_are_let_be(name: str) -> None:
    sample = samples.sample(name)
    for more in (b"\0", bytes(5000), b"<html>", sample.data, sample.data[:99]):
        assert judged.picture(sample.data + more) == sample.picture


@pytest.mark.parametrize("name", samples.SAVED_NAMES)
def test_one_pixel_over_the_limit_is_refused(name: str) -> None:
    sample = samples.sample(name)
    pixels = sample.picture.width * sample.picture.height * sample.picture.frames
    assert judged.picture(sample.data, max_pixels=pixels) == sample.picture
    assert type(judged.error(sample.data, max_pixels=pixels - 1)) is errors.TooManyPixels


@pytest.mark.parametrize("name", ["gif animated", "webp animated", "tiff pages", "apng by hand"])
def test_one_frame_over_the_limit_is_refused(name: str) -> None:
    sample = samples.sample(name)
    assert judged.picture(sample.data, max_frames=3) == sample.picture
    assert type(judged.error(sample.data, max_frames=2)) is errors.TooManyPixels
