"""The pictures of the demo are what they say they are."""

from collections import Counter

import pytest

from wirephoto import errors, model
from wirephoto.cli.demo import samples
from wirephoto.cli.demo.pictures import album
from wirephoto.pipeline.inspection import cleaning, limits, svg, verdict

LIMITS = limits.Limits(
    kinds=frozenset({model.Kind.PNG, model.Kind.JPEG, model.Kind.GIF, model.Kind.SVG}),
    max_pixels=200_000_000,
)


@pytest.fixture(scope="module")
def painted() -> list[samples.Sample]:
    return samples.painted()


def test_every_sample_is_inspected_as_the_kind_and_size_it_says(
    painted: list[samples.Sample],
) -> None:
    found = {sample.id: verdict.inspect(sample.data, LIMITS) for sample in painted}
    assert found == {sample.id: sample.picture for sample in painted}


def test_there_are_fifty_pictures_of_every_kind_under_ids_of_their_own(
    painted: list[samples.Sample],
) -> None:
    assert len({sample.id for sample in painted}) == len(painted) == 50
    assert set(Counter(sample.picture.kind for sample in painted)) == LIMITS.kinds
    assert any(sample.picture.frames > 1 for sample in painted)


def test_no_two_samples_hold_the_same_bytes(painted: list[samples.Sample]) -> None:
    assert len({sample.data for sample in painted}) == len(painted)


def test_the_varieties_of_an_archive_are_among_them(painted: list[samples.Sample]) -> None:
    marks = {
        "baseline": b"\xff\xc0",
        "progressive": b"\xff\xc2",
        "EXIF": b"Exif\0\0",
        "IIM": b"Photoshop 3.0\0008BIM\x04\x04",
        "XMP": b"<x:xmpmeta",
        "palette": b"PLTE",
    }
    assert [name for name, mark in marks.items() if not any(mark in s.data for s in painted)] == []


def test_drawings_survive_the_cleaning_with_their_size(painted: list[samples.Sample]) -> None:
    drawings = [sample for sample in painted if sample.picture.kind is model.Kind.SVG]
    cleaned = {one.id: cleaning.clean(svg.read(one.data, LIMITS)) for one in drawings}
    found = {name: verdict.inspect(data, LIMITS) for name, data in cleaned.items()}
    assert found == {one.id: one.picture for one in drawings}


def test_the_same_seed_paints_the_same_bytes(painted: list[samples.Sample]) -> None:
    again = [album._photo(photo).data for photo in album._PHOTOS[::9]]
    assert again == [sample.data for sample in painted[: len(album._PHOTOS) : 9]]


def test_the_page_named_like_a_picture_is_refused_with_its_code() -> None:
    apple = next(apple for apple in samples.BAD_APPLES if apple.page is not None)
    assert apple.page is not None
    with pytest.raises(errors.PictureError) as refused:
        verdict.inspect(apple.page, LIMITS)
    assert refused.value.code == apple.code
