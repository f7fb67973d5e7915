"""What origins ask for and what they are short of: the doubts that deserve a test of their own."""

import socket
from urllib.parse import quote

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.origins import hostile
from wirephoto.pipeline.steps import bring


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_after_the_first_retry_after_the_rest_of_the_chunk_waits(desk: Desk) -> None:
    desk.worker.pace.limit = 1
    urls = [desk.origin.url("/status/429?retry-after=60"), *desk.pictures(20)]
    (chunk,) = desk.job(urls)
    await desk.work_off(chunk)
    assert desk.origin.requests.total() == 1
    later = desk.chunks(desk.jobs[0])
    assert {(tuple(one["positions"]), one["tries"]) for one in later} == {
        ((0,), 1),
        (tuple(range(1, 21)), 0),
    }
    due = "select min(extract(epoch from available_at - now())) > 50 from chunks"
    assert ledger.value(desk.url, due)


async def test_a_chunk_that_takes_long_makes_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bring, "_CHUNK_SECONDS", 0.3)
    desk.worker.pace.limit = 2
    (chunk,) = desk.job([desk.origin.url(f"/jpeg/{n}?size=2000&after=0.2") for n in range(20)])
    await desk.work_off(chunk)
    done = len(desk.results(desk.jobs[0]))
    assert 2 <= done <= 8
    (later,) = desk.chunks(desk.jobs[0])
    assert (len(later["positions"]), later["tries"]) == (20 - done, 0)


async def test_a_redirect_to_a_dead_place_parks_nobody(desk: Desk, closed_port: int) -> None:
    gone = quote(f"http://127.0.0.1:{closed_port}/")
    urls = [desk.origin.url(f"/redirect/302/{n}?to={gone}") for n in range(30)]
    (chunk,) = desk.job([*urls, *desk.pictures(1)])
    await desk.work_off(chunk)
    assert set(desk.origin.requests.values()) == {1}
    (row,) = desk.results(desk.jobs[0])
    assert row["state"] == "success"
    later = desk.chunks(desk.jobs[0])
    assert sum(len(one["positions"]) for one in later) == 30
    assert {(one["tries"], one["waiting_since"]) for one in later} == {(1, None)}
    assert ledger.rows(desk.url, "select * from origins where parked_at is not null") == []


async def test_the_last_try_at_a_redirect_to_a_dead_place_says_so(
    desk: Desk, closed_port: int
) -> None:
    gone = quote(f"http://127.0.0.1:{closed_port}/")
    (chunk,) = desk.job([desk.origin.url(f"/redirect/302?to={gone}")])
    ledger.rows(desk.url, "update chunks set tries = 3")
    await desk.work_off(chunk)
    (row,) = desk.results(desk.jobs[0])
    assert (row["code"], row["retryable"], row["attempts"]) == ("unreachable", True, 4)


async def test_a_redirects_target_that_asks_to_wait_is_asked_no_more_and_its_sender_is(
    desk: Desk,
) -> None:
    async with hostile.Origin() as target:
        slow = quote(target.url("/status/429?retry-after=60"))
        (first,) = desk.job([desk.origin.url(f"/redirect/302?to={slow}")])
        await desk.work_off(first)
        assert target.requests.total() == 1
        picture = quote(target.url("/jpeg/1"))
        (second,) = desk.job([desk.origin.url(f"/redirect/302?to={picture}"), *desk.pictures(1)])
        await desk.work_off(second)
        assert target.requests.total() == 1
    assert [row["state"] for row in desk.results(desk.jobs[1])] == ["success"]
    (later,) = desk.chunks(desk.jobs[1])
    assert (later["positions"], later["tries"]) == ([0], 1)


async def test_one_try_is_one_request_even_on_a_connection_used_before(desk: Desk) -> None:
    desk.worker.pace.limit = 1
    urls = [*desk.pictures(1), desk.origin.url("/reset-at-once"), *desk.pictures(1, first=1)]
    (chunk,) = desk.job(urls)
    await desk.work_off(chunk)
    assert desk.origin.requests["/reset-at-once"] == 1


async def test_connections_are_kept_from_picture_to_picture(desk: Desk) -> None:
    desk.worker.pace.limit = 2
    (chunk,) = desk.job(desk.pictures(40))
    await desk.work_off(chunk)
    assert desk.origin.connections <= 2
    assert [row["state"] for row in desk.results(desk.jobs[0])] == ["success"] * 40
