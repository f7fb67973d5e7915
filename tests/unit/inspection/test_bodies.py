import hashlib
from pathlib import Path

import pytest

from tests.files import builders, samples
from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.inspection import verdict


def _held(data: bytes) -> model.Body:
    return model.Body(hashlib.sha256(data).digest(), len(data), data=data)


def _spooled(data: bytes, folder: Path) -> model.Body:
    path = folder / "body"
    path.write_bytes(data)
    return model.Body(hashlib.sha256(data).digest(), len(data), path=path)


@pytest.mark.parametrize("name", samples.SAVED_NAMES + samples.BUILT_NAMES)
def test_a_body_in_a_file_is_what_it_is_in_memory(name: str, tmp_path: Path) -> None:
    sample = samples.sample(name)
    for body in (_held(sample.data), _spooled(sample.data, tmp_path)):
        found = verdict.inspect_body(body, judged.limits())
        if sample.picture.kind is model.Kind.SVG:
            assert found == sample.data
        else:
            assert isinstance(found, model.Inspected)
            assert (found.picture, found.body) == (sample.picture, body)


def test_a_raster_body_is_handed_on_as_it_came(tmp_path: Path) -> None:
    for body in (_held(builders.png(7, 5)), _spooled(builders.png(7, 5), tmp_path)):
        found = verdict.inspect_body(body, judged.limits())
        assert isinstance(found, model.Inspected)
        assert found.body is body


@pytest.mark.parametrize("name", ["png", "tiff strips"])
def test_a_cut_body_in_a_file_is_refused(name: str, tmp_path: Path) -> None:
    body = _spooled(samples.sample(name).data[:-3], tmp_path)
    with pytest.raises(errors.Truncated):
        verdict.inspect_body(body, judged.limits())


def test_of_a_large_svg_no_more_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    body = _spooled(builders.svg() + b" " * 1000, tmp_path)
    found = verdict.inspect_body(body, judged.limits(max_svg_bytes=500))
    assert isinstance(found, bytes)
    assert len(found) == 501


def test_an_empty_body_is_no_picture(tmp_path: Path) -> None:
    for body in (_held(b""), _spooled(b"", tmp_path)):
        with pytest.raises(errors.NotAnImage, match="empty"):
            verdict.inspect_body(body, judged.limits())


def test_a_file_that_is_gone_may_be_tried_again(tmp_path: Path) -> None:
    body = model.Body(bytes(32), 5, path=tmp_path / "gone")
    with pytest.raises(errors.StorageFailed) as caught:
        verdict.inspect_body(body, judged.limits())
    assert caught.value.transient


def test_small_raster_bodies_in_memory_are_cheap_and_nothing_else_is(tmp_path: Path) -> None:
    data = builders.png(7, 5)
    assert verdict.is_cheap(_held(data))
    assert verdict.is_cheap(_held(b"<html>"))
    assert not verdict.is_cheap(_held(data + bytes(1 << 20)))
    assert not verdict.is_cheap(_held(builders.svg()))
    assert not verdict.is_cheap(_spooled(data, tmp_path))
