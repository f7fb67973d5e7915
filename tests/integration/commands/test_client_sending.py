"""The Python client with pictures of its own machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto import client
from wirephoto.client import uploads

JPEG = pictures.jpeg(1, 600_000)


@pytest.fixture
def asked(shared_service: services.Service) -> Iterator[client.Client]:
    with client.Client(shared_service.url, shared_service.token) as opened:
        yield opened


def fill(folder: Path) -> Path:
    """Three pictures, one of them broken, among what is none."""
    (folder / "inner" / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name, content in {
        "a.jpg": JPEG,
        "inner/b.PNG": pictures.png(7, 5),
        "inner/deep/broken.jpg": JPEG[:5000],
        "empty.gif": b"",
        "notes.txt": b"none",
        "Thumbs.db": b"none",
        "README": b"none",
        ".hidden/c.jpg": JPEG,
    }.items():
        (folder / name).write_bytes(content)
    (folder / "link.jpg").symlink_to("a.jpg")
    (folder / "inner" / "round").symlink_to("..")
    return folder


def test_a_folder_goes_in_with_its_paths_as_ids(
    asked: client.Client, shared_service: services.Service, tmp_path: Path
) -> None:
    left_out = client.LeftOut()
    (batch,) = asked.import_folder(fill(tmp_path), system_name="disk", left_out=left_out)
    assert [one.id for one in batch.images] == [
        *("a.jpg", "empty.gif", "inner/b.PNG", "inner/deep/broken.jpg")
    ]
    assert dict(batch.refused) == {1: "is empty"}
    assert batch.job is not None
    batch.job.wait()
    rows = list(batch.job.rows())
    assert [row.state for row in rows] == ["success", "success", "failed"]
    assert rows[2].code == "truncated"
    assert rows[0].title == "a.jpg"
    assert rows[0].image is not None
    assert shared_service.client.get(rows[0].image.original_url).content == JPEG
    assert dict(left_out.counts) == {
        ".txt": 1,
        ".db": 1,
        "without an ending": 1,
        "hidden": 1,
        "links": 2,
    }
    (again,) = asked.import_folder(tmp_path, system_name="disk")
    assert again.job is not None
    assert again.job.wait().counters.skipped == 2


def test_links_are_followed_where_they_are_wanted_and_never_in_circles(
    asked: client.Client, tmp_path: Path
) -> None:
    (batch,) = asked.import_folder(fill(tmp_path), system_name="links", links=True)
    assert [one.id for one in batch.images] == [
        *("a.jpg", "empty.gif", "inner/b.PNG", "inner/deep/broken.jpg", "link.jpg")
    ]


async def test_the_same_with_asyncio(shared_service: services.Service, tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"{number:03}.jpg").write_bytes(pictures.jpeg(number))
    async with client.AsyncClient(shared_service.url, shared_service.token) as asked:
        batches = [one async for one in asked.import_folder(tmp_path, system_name="async disk")]
        assert [len(one.images) for one in batches] == [100, 20]
        ended = [await one.job.wait() for one in batches if one.job]
        assert [one.counters.success for one in ended] == [100, 20]
        told = await asked.upload_what_fits([tmp_path / "000.jpg", tmp_path / "none.jpg"])
        assert told[0].url.startswith("wirephoto-upload:")
        assert told[0].bytes == 0  # the library has it
        assert told[1].problem == "cannot be read: No such file or directory"
        with pytest.raises(client.NotSent, match="cannot be read"):
            await asked.upload(tmp_path / "none.jpg")


def test_a_picture_is_sent_once_however_often_and_a_second_try_is_harmless(
    asked: client.Client, shared_service: services.Service, tmp_path: Path
) -> None:
    path = tmp_path / "once.jpg"
    path.write_bytes(pictures.jpeg(500))
    (first,) = asked.upload_what_fits([path])
    (second,) = asked.upload_what_fits([path])
    assert (first.bytes, second.bytes) == (path.stat().st_size, 0)
    assert asked.upload(path) == first.url == second.url
    assert len(shared_service.sql("select id from uploads where state = 'stored'")) >= 1


def test_a_file_that_changes_while_it_is_sent_is_told(
    asked: client.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its digest and its bytes: cut off, and overwritten."""
    path = tmp_path / "changing.jpg"
    read = uploads.read

    def overwritten(given: Path) -> uploads.Local | uploads.Sent:
        found = read(given)
        content = given.read_bytes()
        given.write_bytes(content[: len(content) // 2] if cut else content[::-1])
        return found

    monkeypatch.setattr(uploads, "read", overwritten)
    for cut, said in ((True, "has changed while it was sent"), (False, "their SHA-256 is")):
        path.write_bytes(pictures.jpeg(600 + cut, 400_000))
        (told,) = asked.upload_what_fits([path])
        assert told.problem.startswith(said)


def test_what_the_server_does_not_take_is_told_before_it_is_sent(
    database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(pictures.jpeg(1, 5000))
    with (
        services.serving(database_url, WIREPHOTO_MAX_BYTES="4000") as running,
        client.Client(running.url, running.token) as asked,
        pytest.raises(client.NotSent, match=f"{os.fspath(path)}: the picture has 5000 bytes"),
    ):
        asked.upload(path)
