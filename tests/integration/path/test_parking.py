"""Origins that cannot be reached are parked and probed; those that ask to wait are heeded."""

import socket

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto.db import origins, workers
from wirephoto.pipeline.fetch import pace

ORIGIN = "http://pictures.example"


async def lease(desk: Desk, worker: int, name: str = ORIGIN) -> origins.Lease:
    async with desk.worker.database.connection() as connection:
        asks = {name: origins.Ask(0, 16)}
        (found,) = await origins.lease(connection, worker, asks, 16, probe_seconds=30)
    return found


async def note(desk: Desk, *, misses: int = 0, answered: bool = False) -> None:
    async with desk.worker.database.connection() as connection:
        told = origins.Note(ORIGIN, answered, misses, None)
        await origins.note(connection, [told], park_after=pace.PARK_AFTER, probe_seconds=30)


async def another_worker(desk: Desk) -> int:
    async with desk.worker.database.connection() as connection:
        return await workers.register(connection, host="here", pid=2, release="1")


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_an_origin_is_parked_after_twenty_misses_in_a_row_over_all_workers(
    desk: Desk,
) -> None:
    await lease(desk, desk.worker.id)
    await note(desk, misses=19)
    assert (await lease(desk, desk.worker.id)).parked_seconds == 0
    await note(desk, misses=1)
    for worker in (desk.worker.id, await another_worker(desk)):
        found = await lease(desk, worker)
        assert 0 < found.parked_seconds <= 30
        assert not found.probing


async def test_one_answer_between_clears_the_count(desk: Desk) -> None:
    await lease(desk, desk.worker.id)
    await note(desk, misses=19)
    await note(desk, answered=True)
    await note(desk, misses=19)
    assert (await lease(desk, desk.worker.id)).parked_seconds == 0


async def test_a_parked_origin_is_probed_by_one_worker_alone(desk: Desk) -> None:
    await lease(desk, desk.worker.id)
    await note(desk, misses=20)
    ledger.rows(desk.url, "update origins set probe_at = now() - interval '1 second'")
    prober = await lease(desk, desk.worker.id)
    other = await lease(desk, await another_worker(desk))
    assert (prober.probing, other.probing) == (True, False)
    assert prober.parked_seconds == 0 < other.parked_seconds
    await note(desk, answered=True)
    assert (await lease(desk, desk.worker.id)).parked_seconds == 0


async def test_pictures_of_an_origin_that_is_gone_wait_instead_of_failing(
    desk: Desk, closed_port: int
) -> None:
    urls = [f"http://127.0.0.1:{closed_port}/{n}.jpg" for n in range(60)]
    (chunk,) = desk.job(urls)
    await desk.work_off(chunk)
    assert ledger.value(desk.url, "select unreachable from origins") >= pace.PARK_AFTER
    assert ledger.value(desk.url, "select parked_at is not null from origins")
    later = desk.chunks(desk.jobs[0])
    assert desk.results(desk.jobs[0]) == []
    assert sorted(p for one in later for p in one["positions"]) == list(range(60))
    waiting = [one for one in later if one["waiting_since"]]
    assert sum(len(one["positions"]) for one in waiting) >= 20
    assert {one["tries"] for one in waiting} == {0}


async def test_pictures_that_waited_long_enough_fail_and_may_be_tried_again(
    desk: Desk, closed_port: int
) -> None:
    (chunk,) = desk.job([f"http://127.0.0.1:{closed_port}/1.jpg"])
    parked = f"http://127.0.0.1:{closed_port}"
    ledger.rows(
        desk.url,
        "insert into origins (name, parked_at, unreachable, probe_at)"
        " values (%s, now(), 20, now() + '30 s'::interval)",
        parked,
    )
    ledger.rows(desk.url, "update chunks set waiting_since = now() - interval '16 minutes'")
    await desk.work_off(chunk)
    (row,) = desk.results(desk.jobs[0])
    assert (row["state"], row["code"], row["retryable"]) == ("failed", "unreachable", True)


async def test_an_origin_that_asks_to_wait_is_left_alone_and_its_pictures_lose_no_try(
    desk: Desk,
) -> None:
    (first,) = desk.job([desk.origin.url("/status/429?retry-after=60")])
    await desk.work_off(first)
    asked = desk.origin.requests.total()
    (second,) = desk.job(desk.pictures(5))
    await desk.work_off(second)
    assert desk.origin.requests.total() == asked
    (later,) = desk.chunks(desk.jobs[1])
    assert (later["tries"], later["waiting_since"]) == (0, None)
    due = "select extract(epoch from available_at - now()) > 30 from chunks where id = %s"
    assert ledger.value(desk.url, due, later["id"])


async def test_other_origins_are_not_held_back_by_one_that_asks_to_wait(desk: Desk) -> None:
    slow = desk.origin.url("/status/429?retry-after=60")
    (first,) = desk.job([slow])
    await desk.work_off(first)
    other = desk.pictures(3)
    named = [url.replace("127.0.0.1", "localhost") for url in other]
    (second,) = desk.job(named)
    await desk.work_off(second)
    assert [row["state"] for row in desk.results(desk.jobs[1])] == ["success"] * 3
