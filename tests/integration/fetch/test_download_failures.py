"""Answers that are no picture, bodies that lie, bodies without end."""

import contextlib

import pytest

from tests.integration.fetch.conftest import Fetch
from tests.origins import behaviours
from wirephoto import errors


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
async def test_what_may_pass_is_worth_another_try(fetch: Fetch, status: int) -> None:
    failure = await fetch.failure(f"/status/{status}")

    assert isinstance(failure, errors.HttpStatus)
    assert failure.transient
    assert failure.http_status == status
    assert str(status) in failure.reason


@pytest.mark.parametrize(
    "status", [201, 203, 206, 226, 300, 305, 400, 401, 403, 404, 410, 416, 418, 451, 499]
)
async def test_every_other_answer_than_200_is_final(fetch: Fetch, status: int) -> None:
    failure = await fetch.failure(f"/status/{status}?retry-after=5")

    assert isinstance(failure, errors.HttpStatus)
    assert not failure.transient
    assert failure.retry_after is None
    assert failure.http_status == status
    assert str(status) in failure.reason


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7),
        ("-1", 0),
        ("1000000", 86_400),
        ("Fri, 20 Nov 2099 12:00:00 GMT", 86_400),
        ("Fri, 20 Nov 2015 12:00:00 GMT", 0),
        ("soon", None),
    ],
)
async def test_the_wait_that_an_origin_asks_for_is_told(
    fetch: Fetch, asked: str, seconds: float | None
) -> None:
    assert (await fetch.failure(f"/status/429?retry-after={asked}")).retry_after == seconds


async def test_a_part_that_nobody_asked_for_is_refused(fetch: Fetch) -> None:
    failure = await fetch.failure("/partial")

    assert isinstance(failure, errors.HttpStatus)
    assert failure.http_status == 206


@pytest.mark.parametrize(
    "path", ["/length-too-long", "/cut/0", "/cut/100", "/chunked-cut", "/chunked-cut?x=1"]
)
@pytest.mark.parametrize("spool_bytes", [10, 100_000])
async def test_a_body_that_ends_early_is_truncated(
    fetch: Fetch, path: str, spool_bytes: int
) -> None:
    failure = await fetch.failure(path, spool_bytes=spool_bytes)

    assert isinstance(failure, errors.Truncated)
    assert failure.transient


@pytest.mark.parametrize(
    "path", ["/reset", "/reset-at-once", "/not-http", "/huge-head", "/many-headers"]
)
async def test_a_broken_answer_fails_for_now(fetch: Fetch, path: str) -> None:
    failure = await fetch.failure(path)

    assert isinstance(failure, errors.Truncated | errors.Unreachable)
    assert failure.transient


async def test_a_length_below_the_body_brings_its_bytes_or_none(fetch: Fetch) -> None:
    # Whether the surplus is seen before the body is handed over depends on how it arrives.
    try:
        body = (await fetch("/length-too-short")).body
    except (errors.Truncated, errors.Unreachable) as failed:
        assert failed.transient  # noqa: PT017 - one of two right outcomes
    else:
        assert body.data == behaviours.JPEG[:-100]


async def test_a_length_over_the_limit_is_refused_before_the_body(fetch: Fetch) -> None:
    failure = await fetch.failure("/length-10tb")

    assert isinstance(failure, errors.TooLarge)
    assert not failure.transient


@pytest.mark.parametrize("path", ["/endless", "/endless-chunked"])
@pytest.mark.parametrize("spool_bytes", [10_000, 10_000_000])
async def test_a_body_without_end_stops_at_the_limit(
    fetch: Fetch, path: str, spool_bytes: int
) -> None:
    failure = await fetch.failure(path, max_bytes=2_500_000, spool_bytes=spool_bytes)

    assert isinstance(failure, errors.TooLarge)


async def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(fetch: Fetch) -> None:
    size = len(behaviours.JPEG)

    assert (await fetch("/chunked", max_bytes=size)).body.size == size
    assert isinstance(await fetch.failure("/chunked", max_bytes=size - 1), errors.TooLarge)
    assert isinstance(await fetch.failure("/no-length", max_bytes=size - 1), errors.TooLarge)


async def test_no_reason_holds_the_query_of_the_url(fetch: Fetch) -> None:
    paths = ["/status/403", "/cut/9", "/not-http", "/silence", "/redirect/302", "/labelled/zstd"]
    for path in paths:
        failure = await fetch.failure(f"{path}?to=file:///secret&key=secret", timeout=0.3)
        assert "secret" not in failure.reason


async def test_a_failed_try_leaves_the_connections_fit_for_the_next(fetch: Fetch) -> None:
    for path in ["/cut/100", "/reset", "/length-10tb", "/redirect-endless", "/length-too-short"]:
        with contextlib.suppress(errors.PictureError):
            await fetch.outcome(path)
        assert (await fetch("/jpeg/3?size=7000")).body.size == 7000
