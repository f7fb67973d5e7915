"""A bucket whose server is not as it should be, or better than rclone's."""

import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from tests.fixtures import s3
from wirephoto import errors, model
from wirephoto.pipeline.storage import bucket

DATA = os.urandom(600_000)
DIGEST = hashlib.sha256(DATA).digest()
KEY = "default/aa/x.png"
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass
class Ranged:
    """A server that knows ranges, as clouds do; ``statuses`` of what it answered."""

    endpoint: str = ""
    statuses: list[int] = field(default_factory=list)
    refuse: int = 0


@pytest.fixture
async def ranged(tmp_path: Path) -> AsyncIterator[Ranged]:
    (tmp_path / "object").write_bytes(DATA)
    state = Ranged()

    async def answer(request: web.Request) -> web.StreamResponse:
        if state.refuse:
            state.statuses.append(state.refuse)
            return web.Response(status=state.refuse, text="<Error>inner words</Error>")
        response = web.FileResponse(tmp_path / "object")
        await response.prepare(request)
        state.statuses.append(response.status)
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    state.endpoint = f"http://{host}:{port}"
    yield state
    await runner.cleanup()


@pytest.fixture
def storage(ranged: Ranged, monkeypatch: pytest.MonkeyPatch) -> bucket.BucketStore:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ranged.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return bucket.BucketStore("s3://pictures/prefix")


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [(0, None, 200), (0, 600_000, 200), (1, None, 206), (5, 9, 206), (599_999, 700_000, 206)],
)
async def test_a_server_that_knows_ranges_is_asked_once_for_the_range_alone(
    ranged: Ranged, storage: bucket.BucketStore, start: int, end: int | None, status: int
) -> None:
    found = b"".join([part async for part in await storage.read(KEY, start, end)])
    assert found == DATA[start:end]
    assert ranged.statuses == [status]


async def test_a_range_behind_the_end_is_empty(storage: bucket.BucketStore) -> None:
    assert [part async for part in await storage.read(KEY, 700_000, 800_000)] == []


@pytest.mark.parametrize("status", [400, 403, 503])
async def test_a_refusal_becomes_a_failure_for_now_without_the_servers_words(
    ranged: Ranged, storage: bucket.BucketStore, status: int
) -> None:
    ranged.refuse = status
    body = model.Body(hashlib.sha256(DATA).digest(), len(DATA), data=DATA)
    [failure] = await storage.put_all([(KEY, body, "image/png")])
    assert failure
    assert failure.transient
    assert "credentials" in failure.reason if status == 403 else str(status) in failure.reason
    with pytest.raises(errors.StorageFailed) as caught:
        await storage.read(KEY)
    for reason in (failure.reason, caught.value.reason):
        assert "inner words" not in reason
        assert KEY not in reason


@dataclass
class Elsewhere:
    """A storage that leads somewhere else, and what was asked there: method, headers, body."""

    endpoint: str
    status: int = 302
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def elsewhere(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Elsewhere]:
    """As where a session at a proxy has ended: all that is asked leads to a page that is well."""

    async def lead(request: web.Request) -> web.Response:
        await request.read()
        port = runner.addresses[0][1]
        target = f"http://localhost:{port}/page{request.rel_url}"
        return web.Response(status=state.status, headers={"Location": target})

    async def page(request: web.Request) -> web.Response:
        state.asked.append((request.method, dict(request.headers), await request.read()))
        dated = {"ETag": '"1"', "Last-Modified": "Mon, 30 Nov 2026 10:00:00 GMT"}
        return web.Response(text="please sign in", headers=dated)

    app = web.Application()
    app.router.add_route("*", "/page/{path:.*}", page)
    app.router.add_route("*", "/{path:.*}", lead)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    state = Elsewhere(f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", state.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield state
    await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_is_stored_by_a_redirect_and_no_picture_or_credential_goes_there(
    elsewhere: Elsewhere, tmp_path: Path, status: int
) -> None:
    elsewhere.status = status
    storage = bucket.BucketStore("s3://pictures/prefix")
    (tmp_path / "spool").write_bytes(DATA)
    digest = hashlib.sha256(DATA).digest()
    in_memory = (KEY, model.Body(digest, len(DATA), data=DATA), "image/png")
    in_file = (KEY, model.Body(digest, len(DATA), path=tmp_path / "spool"), "image/png")
    failures = await storage.put_all([in_memory, in_file])
    assert [failure and failure.transient for failure in failures] == [True, True]
    with pytest.raises(errors.StorageFailed):
        await storage.try_out(1000)
    for _, headers, body in elsewhere.asked:
        assert "Authorization" not in headers
        assert DATA[:1000] not in body


async def test_a_bucket_whose_etags_are_no_md5_is_asked_what_it_keeps(
    ranged: Ranged, storage: bucket.BucketStore
) -> None:
    """As with the keys of a key service; `DATA` lies there, whatever is put."""
    body = model.Body(b"", len(DATA), data=DATA)
    shorter = model.Body(b"", 5, data=DATA[:5])
    kept, lost = await storage.put_all([(KEY, body, "image/png"), (KEY, shorter, "image/png")])
    assert kept is None
    assert lost
    assert lost.transient
    assert "did not keep" in lost.reason


@dataclass
class Keeper:
    """A server that keeps what is put: what it was asked, what each put was signed over."""

    asked: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    etag: str | None = None
    wants_signature: bool = False


@pytest.fixture
async def keeper(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keeper]:
    state, kept = Keeper(), dict[str, bytes]()

    async def answer(request: web.Request) -> web.Response:
        state.asked.append(request.method)
        if request.method == "HEAD":
            body = kept[request.path]
            dated = {"ETag": '"1"', "Last-Modified": "Mon, 30 Nov 2026 10:00:00 GMT"}
            return web.Response(headers=dated | {"Content-Length": str(len(body))})
        state.signed.append(request.headers["x-amz-content-sha256"])
        if state.wants_signature and state.signed[-1] == UNSIGNED:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        body = kept[request.path] = await request.read()
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return web.Response(headers={"ETag": f'"{state.etag or md5}"'})

    app = web.Application(client_max_size=len(DATA) + 1)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield state
    await runner.cleanup()


async def put_twice() -> list[errors.StorageFailed | None]:
    storage = bucket.BucketStore("s3://pictures/prefix")
    item = (KEY, model.Body(DIGEST, len(DATA), data=DATA), "image/png")
    return [*await storage.put_all([item]), *await storage.put_all([item])]


async def test_a_body_whose_md5_comes_back_is_put_once_and_not_signed(keeper: Keeper) -> None:
    assert await put_twice() == [None, None]
    assert keeper.signed == [UNSIGNED, UNSIGNED]
    assert keeper.asked == ["PUT", "PUT"]


async def test_bodies_are_signed_from_the_first_etag_on_that_is_no_md5(keeper: Keeper) -> None:
    keeper.etag = "1"
    assert await put_twice() == [None, None]
    assert keeper.signed == [UNSIGNED, DIGEST.hex(), DIGEST.hex()]
    assert keeper.asked == ["PUT", "PUT", "HEAD", "PUT", "HEAD"]


async def test_bodies_are_signed_for_a_bucket_that_wants_it(keeper: Keeper) -> None:
    keeper.wants_signature = True
    assert await put_twice() == [None, None]
    assert keeper.signed == [UNSIGNED, DIGEST.hex(), DIGEST.hex()]


async def test_bodies_are_signed_where_others_are_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over plain HTTP to any address but this machine's own, of which 127.0.0.2 is not said."""
    with s3.serving(tmp_path / "buckets", "127.0.0.2") as server:
        server.use(monkeypatch)
        server.bucket("pictures")
        storage = bucket.BucketStore("s3://pictures")
        assert storage._unhashed is None
        item = (KEY, model.Body(DIGEST, len(DATA), data=DATA), "image/png")
        assert await storage.put_all([item]) == [None]


async def test_a_server_that_is_gone_fails_each_picture_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3.serving(tmp_path / "buckets") as server:
        server.use(monkeypatch)
        server.bucket("pictures")
        storage = bucket.BucketStore("s3://pictures")
        (tmp_path / "spool").write_bytes(DATA)
        in_memory = (KEY, model.Body(b"", len(DATA), data=DATA), "image/png")
        in_file = (KEY, model.Body(b"", len(DATA), path=tmp_path / "spool"), "image/png")
        assert await storage.put_all([in_memory, in_file]) == [None, None]
        server.process.kill()
        server.process.wait()
        failures = await storage.put_all([in_memory, in_file])
    assert [failure and failure.transient for failure in failures] == [True, True]
    with pytest.raises(errors.StorageFailed, match="cannot be reached"):
        await storage.head(KEY)


async def test_objects_carry_their_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3.serving(tmp_path / "buckets") as server:
        server.use(monkeypatch)
        server.bucket("pictures")
        storage = bucket.BucketStore("s3://pictures")
        body = model.Body(b"", len(DATA), data=DATA)
        assert await storage.put_all([(KEY, body, "image/avif")]) == [None]
        result = await storage._get(KEY, 0, None)
        assert result.attributes["Content-Type"] == "image/avif"
