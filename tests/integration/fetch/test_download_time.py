"""Time: one clock for the whole try, a least rate for its body, and cancelling at any moment."""

import asyncio

import pytest

from tests.integration.fetch.conftest import Fetch
from tests.origins import behaviours
from wirephoto import errors


@pytest.mark.parametrize(
    "path",
    [
        "/silence",
        "/silence-in-body",
        "/drip/0.02",
        "/drip-head/0.02",
        "/chain/5?after=0.2",
        "/jpeg?after=5",
    ],
)
@pytest.mark.parametrize("spool_bytes", [10, 100_000])
async def test_a_try_ends_at_its_time_whatever_comes(
    fetch: Fetch, path: str, spool_bytes: int
) -> None:
    failure = await fetch.failure(path, timeout=0.4, spool_bytes=spool_bytes)

    assert isinstance(failure, errors.Timeout)
    assert failure.transient


@pytest.mark.parametrize("path", ["/drip/0.02", "/silence-in-body"])
async def test_a_body_below_the_least_rate_ends_before_its_time(fetch: Fetch, path: str) -> None:
    failure = await fetch.failure(path, timeout=60, min_rate=1000, rate_window=0.2)

    assert isinstance(failure, errors.Timeout)
    assert failure.transient
    assert "1000 bytes a second" in failure.reason


async def test_an_origin_may_think_before_it_answers(fetch: Fetch) -> None:
    body = (await fetch("/jpeg?after=0.5", min_rate=1000, rate_window=0.1)).body

    assert body.size > 0


async def test_a_steady_body_passes_through_many_windows(fetch: Fetch) -> None:
    failure = await fetch.failure("/drip/0.001", timeout=1.5, min_rate=1, rate_window=0.1)

    assert "not done within" in failure.reason or "no complete answer" in failure.reason


@pytest.mark.parametrize("path", ["/silence", "/silence-in-body", "/endless"])
async def test_a_cancelled_try_is_cancelled_and_leaves_no_file(fetch: Fetch, path: str) -> None:
    task = asyncio.create_task(fetch.outcome(path, max_bytes=10**12, spool_bytes=10))
    while not (fetch.files() or (path == "/silence" and fetch.origin.log)):  # noqa: ASYNC110 - a file appears without an event
        await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert not fetch.files()


async def test_many_tries_at_once_do_not_mix_their_bytes(fetch: Fetch) -> None:
    sizes = [4000 + 137 * number for number in range(200)]
    downloads = await asyncio.gather(
        *(fetch(f"/jpeg/{n}?size={size}", spool_bytes=16_000) for n, size in enumerate(sizes))
    )

    assert [done.body.size for done in downloads] == sizes
    assert len({done.body.sha256 for done in downloads}) == len(sizes)
    assert fetch.origin.peak_connections <= 100


async def test_a_flaky_origin_gives_its_picture_in_the_end(fetch: Fetch) -> None:
    for path in ["/flaky/2/a", "/flaky-reset/2/b"]:
        for _ in range(2):
            assert (await fetch.failure(path)).transient
        assert (await fetch(path)).body.data == behaviours.JPEG
