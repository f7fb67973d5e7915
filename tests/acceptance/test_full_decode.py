"""A project that asks for it has all of each picture decoded before it is taken."""

import json
from collections.abc import Iterator

import psutil
import pytest
import pyvips

from tests.files import builders, shown
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes

CHILD = "wirephoto.pipeline.decoding.child"
HOLLOW = builders.jpeg(builders.frame(70, 50), builders.scan())  # whole by its structure


def _damaged() -> bytes:
    grain = shown.quarters() + pyvips.Image.gaussnoise(600, 400, sigma=20, seed=1)
    data = bytes(grain.cast("uchar").copy(interpretation="srgb").pngsave_buffer())
    middle = len(data) // 2
    return data[:middle] + b"\x55" * 100 + data[middle + 100 :]


@pytest.fixture(scope="module")
def strict(module_database_url: str) -> Iterator[services.Service]:
    """A service whose project decodes."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        own = {"mediaTypes": [{"handle": "image", "type": "mediaImage", "metadata": []}],
               "wirephoto": {"verify": "decode", "maxPixels": 300_000}}  # fmt: skip
        (data_dir / "projects" / "default.json").write_text(json.dumps(own))
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


def decoding_children(service: services.Service) -> list[psutil.Process]:
    """Of workers that check: those that describe have another niceness."""
    serve = psutil.Process(service.process.pid)
    found = [one for one in serve.children(recursive=True) if CHILD in one.cmdline()]
    return [one for one in found if one.nice() == 0]


def test_what_does_not_decode_fails_with_its_code_and_its_neighbours_are_taken(
    strict: services.Service, gallery: galleries.Gallery
) -> None:
    assert decoding_children(strict) == []
    frames = pyvips.Image.black(300, 200).cast("uchar")
    hung = {
        "whole": (shown.turned(6), None),
        "hollow": (HOLLOW, {"truncated", "not_an_image"}),
        "damaged": (_damaged(), {"not_an_image"}),
        "svg": (builders.svg("<rect/>"), None),
        "plain": (bytes(frames.gifsave_buffer()), None),
    }
    images = [services.image(gallery.hang(f"/d/{name}", body), name)
              for name, (body, _) in hung.items()]  # fmt: skip
    rows = {row["externalId"]: row for row in strict.bring(images, "decoded")}
    for name, (_, codes) in hung.items():
        if codes is None:
            shapes.check(rows[name], shapes.SUCCESS)
        else:
            shapes.check(rows[name], shapes.FAILED | {"retryable": False, "attempts": 1})
            assert rows[name]["code"] in codes
    stored = strict.client.get(rows["whole"]["image"]["originalUrl"]).content
    assert stored == shown.turned(6)
    assert len(decoding_children(strict)) in {1, 2}


def test_where_no_project_asks_for_it_nothing_is_decoded_and_no_decoder_is_started(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    (row,) = shared_service.bring([services.image(gallery.hang("/hollow", HOLLOW))], "structure")
    shapes.check(row, shapes.SUCCESS)
    assert decoding_children(shared_service) == []
