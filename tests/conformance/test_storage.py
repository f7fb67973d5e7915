"""What every storage promises, asked of a folder and of a real S3 server."""

import asyncio
import hashlib
import itertools
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures import s3
from wirephoto import errors, model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import keys, store

BUCKET = "pictures"
PNG = "image/png"
Open = Callable[[], store.Store]


def body_of(data: bytes) -> model.Body:
    return model.Body(hashlib.sha256(data).digest(), len(data), data=data)


def spooled(path: Path, data: bytes) -> model.Body:
    path.write_bytes(data)
    return model.Body(hashlib.sha256(data).digest(), len(data), path=path)


def a_key(data: bytes) -> str:
    return keys.asset_key("default", b"secret", hashlib.sha256(data).digest(), model.Kind.PNG)


async def content(opened: store.Store, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([part async for part in await opened.read(key, start, end)])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Server]:
    with s3.serving(tmp_path_factory.mktemp("s3") / "buckets") as running:
        running.bucket(BUCKET)
        yield running


@pytest.fixture(params=["folder", "s3"])
def open_it(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Open:
    """Opens the same storage each time."""
    if request.param == "folder":
        return lambda: store.open_store((tmp_path / "pictures").as_uri(), tmp_path)
    request.getfixturevalue("server").use(monkeypatch)
    url = f"s3://{BUCKET}/{secrets.token_hex(4)}"
    return lambda: store.open_store(url, tmp_path)


@pytest.fixture
async def storage(open_it: Open) -> AsyncIterator[store.Store]:
    opened = open_it()
    yield opened
    await opened.close()


async def test_what_was_put_is_read_back_and_its_size_is_known(storage: store.Store) -> None:
    data = os.urandom(300_000)
    assert await storage.put_all([(a_key(data), body_of(data), PNG)]) == [None]
    assert await content(storage, a_key(data)) == data
    assert await storage.head(a_key(data)) == len(data)


async def test_another_opening_of_the_same_storage_finds_what_was_put(
    storage: store.Store, open_it: Open
) -> None:
    assert await storage.put_all([("default/aa/one.png", body_of(b"one"), PNG)]) == [None]
    other = open_it()
    assert await content(other, "default/aa/one.png") == b"one"
    await other.close()


async def test_a_range_is_exactly_the_bytes_from_start_to_before_end(
    storage: store.Store,
) -> None:
    data = bytes(index * 7 % 251 for index in range(600_000))
    await storage.put_all([("default/aa/range.png", body_of(data), PNG)])
    starts = [0, 1, 7, 262_143, 262_144, 599_999, 600_000, 700_000]
    ends = [None, 0, 1, 262_144, 262_145, 600_000, 900_000]
    for start, end in itertools.product(starts, ends):
        found = await content(storage, "default/aa/range.png", start, end)
        assert found == data[start:end], (start, end)


async def test_a_large_object_comes_in_parts_of_bounded_size(storage: store.Store) -> None:
    data = os.urandom(5_000_000)
    await storage.put_all([("default/aa/parts.png", body_of(data), PNG)])
    parts = [len(part) async for part in await storage.read("default/aa/parts.png")]
    assert sum(parts) == len(data)
    assert max(parts) < 1_000_000


@pytest.mark.parametrize("start", [0, 5])
async def test_what_is_missing_is_said_before_the_first_part(
    storage: store.Store, start: int
) -> None:
    with pytest.raises(store.Missing):
        await storage.read("default/aa/nothing.png", start)
    assert await storage.head("default/aa/nothing.png") is None


@pytest.mark.parametrize("end", [None, 1])
async def test_a_reader_may_leave_early(storage: store.Store, end: int | None) -> None:
    data = os.urandom(3_000_000)
    await storage.put_all([("default/aa/left.png", body_of(data), PNG)])
    parts = await storage.read("default/aa/left.png", 0, end)
    assert data.startswith(await anext(parts))


async def test_what_was_deleted_is_gone_and_deleting_again_is_harmless(
    storage: store.Store,
) -> None:
    await storage.put_all([("default/aa/gone.png", body_of(b"gone"), PNG)])
    await storage.delete("default/aa/gone.png")
    await storage.delete("default/aa/gone.png")
    assert await storage.head("default/aa/gone.png") is None


async def test_putting_again_is_harmless(storage: store.Store) -> None:
    item = ("default/aa/again.png", body_of(b"again"), PNG)
    assert await storage.put_all([item]) == [None]
    assert await storage.put_all([item, item]) == [None, None]
    assert await content(storage, "default/aa/again.png") == b"again"


async def test_putting_again_from_the_same_file_is_harmless_and_leaves_nothing(
    storage: store.Store, tmp_path: Path
) -> None:
    item = ("default/aa/again.png", spooled(tmp_path / "body", b"again"), PNG)
    assert await storage.put_all([item]) == [None]
    assert await storage.put_all([item, item]) == [None, None]
    assert await content(storage, "default/aa/again.png") == b"again"
    assert await storage.sweep(leftover.Aged(0)) == 0


async def test_chunks_put_side_by_side_are_all_there(storage: store.Store) -> None:
    pictures = [os.urandom(2_000 + index) for index in range(200)]
    chunks = [pictures[start : start + 70] for start in range(0, 200, 70)]
    outcomes = await asyncio.gather(
        *(
            storage.put_all([(a_key(data), body_of(data), PNG) for data in chunk])
            for chunk in chunks
        )
    )
    assert list(itertools.chain(*outcomes)) == [None] * 200
    found = [await content(storage, a_key(data)) for data in pictures]
    assert found == pictures


async def test_no_items_have_no_outcomes(storage: store.Store) -> None:
    assert await storage.put_all([]) == []


async def test_a_large_body_is_put_from_its_file_which_stays_its_owners(
    storage: store.Store, tmp_path: Path
) -> None:
    data = os.urandom(20_000_000)
    body = spooled(tmp_path / "body", data)
    assert await storage.put_all([("default/aa/large.tiff", body, "image/tiff")]) == [None]
    assert (tmp_path / "body").read_bytes() == data
    (tmp_path / "body").unlink()
    assert await content(storage, "default/aa/large.tiff") == data


@pytest.mark.parametrize("change", ["gone", "shorter"])
async def test_a_file_that_is_not_what_was_said_fails_alone(
    storage: store.Store, tmp_path: Path, change: str
) -> None:
    body = spooled(tmp_path / "body", b"whole")
    if change == "gone":
        (tmp_path / "body").unlink()
    else:
        (tmp_path / "body").write_bytes(b"who")
    bad, good = await storage.put_all(
        [("default/aa/bad.png", body, PNG), ("default/aa/good.png", body_of(b"good"), PNG)]
    )
    assert bad
    assert bad.transient
    assert str(tmp_path) not in bad.reason
    assert good is None
    assert await storage.head("default/aa/bad.png") is None
    assert await content(storage, "default/aa/good.png") == b"good"


@pytest.mark.parametrize("spool", [False, True], ids=["memory", "file"])
async def test_a_reader_beside_a_put_sees_nothing_or_everything(
    storage: store.Store, tmp_path: Path, spool: bool
) -> None:
    data = os.urandom(12_000_000)
    body = spooled(tmp_path / "body", data) if spool else body_of(data)
    key = "default/aa/watched.png"
    put = asyncio.create_task(storage.put_all([(key, body, PNG)]))
    seen = set()
    while not put.done():
        seen.add(await storage.head(key))
        try:
            seen.add(data == await content(storage, key))
        except store.Missing:
            seen.add(None)
    assert await put == [None]
    assert seen <= {None, True, len(data)}
    assert await content(storage, key) == data


@pytest.mark.parametrize(
    "key",
    ["default/aa/with space.png", "default/aa/a+b%20c#d&e.png", "2020/10/Straße.jpg", "plain"],
)
async def test_keys_that_lay_in_storage_before_are_taken_as_they_are(
    storage: store.Store, key: str
) -> None:
    assert await storage.put_all([(key, body_of(b"old"), PNG)]) == [None]
    assert await content(storage, key) == b"old"
    assert await storage.head(key) == 3
    await storage.delete(key)
    assert await storage.head(key) is None


@pytest.mark.parametrize(
    "key",
    ["../up", "a/../../up", "/etc/passwd", "a//b", ".wirephoto/x", "", "a/", "a\0b", "\ud800"],
)
async def test_what_is_no_key_is_never_there_and_never_put(storage: store.Store, key: str) -> None:
    with pytest.raises(store.Missing):
        await storage.read(key)
    assert await storage.head(key) is None
    await storage.delete(key)
    with pytest.raises(ValueError, match="no key"):
        await storage.put_all([(key, body_of(b"x"), PNG)])


async def test_a_folder_of_keys_is_no_object(storage: store.Store) -> None:
    await storage.put_all([("default/aa/one.png", body_of(b"one"), PNG)])
    assert await storage.head("default/aa") is None
    with pytest.raises(store.Missing):
        await storage.read("default/aa")


async def test_the_check_passes_and_leaves_nothing(storage: store.Store) -> None:
    await storage.check()
    assert await storage.sweep(leftover.Aged(0)) == 0


async def test_the_check_says_in_one_line_that_a_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    opened = store.open_store((tmp_path / "file" / "below").as_uri(), tmp_path)
    with pytest.raises(errors.OperatorError, match=r"^storage folder .*: Not a directory; .*$"):
        await opened.check()
    await opened.close()


@pytest.mark.parametrize(
    ("bucket", "variable", "value", "problem"),
    [
        ("absent", "AWS_REGION", "us-east-1", "there is no such bucket"),
        (BUCKET, "AWS_SECRET_ACCESS_KEY", "wrong-secret", "our credentials are refused"),
        (BUCKET, "AWS_ACCESS_KEY_ID", "wrong-key", "our credentials are refused"),
        (BUCKET, "AWS_ENDPOINT_URL", "http://127.0.0.1:1", "it cannot be reached"),
    ],
)
async def test_the_check_says_in_one_line_what_is_wrong_with_a_bucket(
    server: s3.Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    bucket: str,
    variable: str,
    value: str,
    problem: str,
) -> None:
    server.use(monkeypatch)
    monkeypatch.setenv(variable, value)
    opened = store.open_store(f"s3://{bucket}/prefix", tmp_path)
    with pytest.raises(errors.OperatorError) as caught:
        await opened.check()
    assert f"storage s3://{bucket}/prefix at 127.0.0.1:" in str(caught.value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert value not in str(caught.value) or variable in {"AWS_REGION", "AWS_ENDPOINT_URL"}
    [failure] = await opened.put_all([("default/aa/x.png", body_of(b"x"), PNG)])
    assert failure
    assert failure.transient
    assert problem in failure.reason
    await opened.close()
