"""The fence: only the last who claimed a chunk may write what it learned."""

import structlog.testing

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk


async def test_a_stale_worker_that_comes_first_writes_nothing(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    stale, fresh = await desk.take(chunk), await desk.take(chunk)
    assert stale
    assert fresh
    kept = await desk.brought(stale)
    with structlog.testing.capture_logs() as log:
        await desk.settle(stale, kept)
    assert [entry["event"] for entry in log] == ["fenced"]
    assert desk.results(desk.jobs[0]) == []
    assert ledger.value(desk.url, "select count(*) from entries") == 0
    assert ledger.value(desk.url, "select done from jobs") == 0

    await desk.settle(fresh, await desk.brought(fresh))
    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", 3)


async def test_a_stale_worker_that_comes_late_writes_nothing(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    stale = await desk.take(chunk)
    assert stale
    kept = await desk.brought(stale)
    await desk.work_off(chunk)
    before = desk.results(desk.jobs[0])
    with structlog.testing.capture_logs() as log:
        await desk.settle(stale, kept)
    assert [entry["event"] for entry in log] == ["fenced"]
    assert desk.results(desk.jobs[0]) == before
    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", 3)


async def test_a_chunk_whose_work_is_done_is_not_taken_again(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(2))
    await desk.work_off(chunk)
    asked = desk.origin.requests.total()
    await desk.work_off(chunk)
    assert await desk.take(chunk) is None
    assert desk.origin.requests.total() == asked


async def test_settled_images_of_a_chunk_are_not_fetched_again(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    ledger.rows(
        desk.url,
        "insert into results (job_id, position, state, attempts) values (%s, 1, 'cancelled', 0)",
        desk.jobs[0],
    )
    work = await desk.take(chunk)
    assert work
    assert [image.position for image in work.images] == [0, 2]
