"""A body that comes whole: what is kept, where, and when a version we hold is enough."""

import hashlib
import stat

import pytest

from tests.integration.fetch.conftest import Fetch
from tests.origins import behaviours, pictures
from wirephoto import errors, model


@pytest.mark.parametrize(
    "path",
    ["/chunked", "/chunked/1", "/no-length", "/continues", "/typed?as=text/html", "/flaky/0"],
)
async def test_the_bytes_that_came_are_the_bytes_we_hold(fetch: Fetch, path: str) -> None:
    body = (await fetch(path)).body

    assert body.data == behaviours.JPEG
    assert body.size == len(behaviours.JPEG)
    assert body.sha256 == hashlib.sha256(behaviours.JPEG).digest()
    assert body.path is None


async def test_an_empty_body_is_a_body_and_judged_later(fetch: Fetch) -> None:
    body = (await fetch("/empty")).body

    assert (body.data, body.size, body.sha256) == (b"", 0, hashlib.sha256().digest())


@pytest.mark.parametrize(
    ("size", "in_file"), [(100_000, False), (100_001, True), (3_000_000, True)]
)
async def test_a_body_over_the_threshold_goes_to_a_file_of_ours_alone(
    fetch: Fetch, size: int, in_file: bool
) -> None:
    sent = pictures.jpeg(1, size)
    body = (await fetch(f"/jpeg/1?size={size}", spool_bytes=100_000, max_bytes=size)).body

    assert body.size == len(sent) == size
    assert body.sha256 == hashlib.sha256(sent).digest()
    assert (body.path is not None) is in_file
    if body.path is None:
        assert body.data == sent
        assert not fetch.files()
    else:
        assert body.data is None
        assert body.path.read_bytes() == sent
        assert fetch.files() == [body.path]
        assert stat.S_IMODE(body.path.stat().st_mode) == 0o600


async def test_a_temporary_folder_that_cannot_be_written_to_fails_for_now(fetch: Fetch) -> None:
    gone = fetch.folder / "gone"
    with pytest.raises(errors.StorageFailed) as failed:
        await fetch.outcome("/jpeg?size=5000", tmp_dir=gone, spool_bytes=100)

    assert failed.value.transient
    assert str(gone) not in failed.value.reason


async def test_the_content_type_is_told_as_claimed(fetch: Fetch) -> None:
    assert (await fetch("/typed?as=IMAGE/JPEG;x")).content_type == "IMAGE/JPEG;x"


@pytest.mark.parametrize("claim", ["b%C3%A4d", "a" * 2000])
async def test_a_claim_that_cannot_be_stored_is_dropped(fetch: Fetch, claim: str) -> None:
    assert (await fetch(f"/typed?as={claim}")).content_type is None


async def test_the_validators_of_the_answer_are_told(fetch: Fetch) -> None:
    assert (await fetch("/etag")).validators == model.Validators(etag=behaviours.ETAG)
    assert (await fetch("/dated")).validators == model.Validators(
        last_modified=behaviours.LAST_MODIFIED
    )


async def test_304_of_another_version_is_asked_for_again_without_condition(fetch: Fetch) -> None:
    outcome = await fetch.outcome("/mistaken", model.Validators(etag='"mine"'))
    assert isinstance(outcome, model.Download)
    first, second = fetch.origin.log
    assert first.headers["if-none-match"] == '"mine"'
    assert "if-none-match" not in second.headers


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("/etag", model.Validators(etag=behaviours.ETAG)),
        ("/etag", model.Validators(etag="W/" + behaviours.ETAG)),
        ("/dated", model.Validators(last_modified=behaviours.LAST_MODIFIED)),
    ],
)
async def test_a_version_we_hold_is_not_sent_again(
    fetch: Fetch, path: str, held: model.Validators
) -> None:
    assert await fetch.outcome(path, held) == model.NotModified()


async def test_a_version_that_has_changed_is_sent_whole(fetch: Fetch) -> None:
    outcome = await fetch.outcome("/etag", model.Validators(etag='"v0"'))

    assert isinstance(outcome, model.Download)
    assert outcome.body.data == behaviours.JPEG


@pytest.mark.parametrize("held", [None, model.Validators()])
async def test_304_to_who_did_not_ask_is_a_failure(
    fetch: Fetch, held: model.Validators | None
) -> None:
    failure = await fetch.failure("/not-modified", conditional=held)

    assert isinstance(failure, errors.HttpStatus)
    assert failure.http_status == 304
    assert not failure.transient


async def test_we_ask_for_the_bytes_as_they_are_and_for_all_of_them(fetch: Fetch) -> None:
    await fetch("/jpeg")
    (request,) = fetch.origin.log

    assert request.headers["accept-encoding"] == "identity"
    assert not {"range", "if-none-match", "if-modified-since", "cookie"} & set(request.headers)
