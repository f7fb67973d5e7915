"""Cancel against a worker, at every step of what a worker does: each image ends once."""

import asyncio
import random

import pytest
import structlog.testing

from tests.fixtures import ledger, processes
from tests.integration.path.conftest import Desk
from wirephoto.pipeline import finish
from wirephoto.pipeline.steps import take

IMAGES = 24


async def cancel(desk: Desk, job: int) -> bool:
    async with desk.worker.database.connection() as connection, connection.transaction():
        return bool(await finish.cancel(connection, job))


def with_webhook(desk: Desk, job: int) -> None:
    ledger.rows(desk.url, "update jobs set webhook = 'http://127.0.0.1:1/' where id = %s", job)


def assert_ended_once(desk: Desk, job: int, total: int) -> None:
    """One row an image, counters that say the same, no work left, one webhook."""
    rows = desk.results(job)
    assert [row["position"] for row in rows] == list(range(total))
    (found,) = ledger.rows(desk.url, "select * from jobs where id = %s", job)
    for state in ("success", "skipped", "failed", "cancelled"):
        assert found[state] == sum(row["state"] == state for row in rows), state
    assert found["done"] == total
    assert found["state"] in {"cancelled", "success"}
    assert found["state"] == "cancelled" or found["cancelled"] == 0
    assert found["finished_at"] is not None
    assert desk.chunks(job) == []
    entries = ledger.value(
        desk.url, "select count(*) from entries where system_name = %s", "archive"
    )
    assert entries == found["success"]
    assert ledger.value(desk.url, "select count(*) from deliveries where job_id = %s", job) == 1


async def test_a_chunk_that_was_cancelled_under_its_worker_writes_nothing(desk: Desk) -> None:
    first, second = desk.job(desk.pictures(6), size=3)
    (job,) = desk.jobs
    with_webhook(desk, job)
    await desk.work_off(first)
    work = await desk.take(second)
    assert work
    kept = await desk.brought(work)
    assert await cancel(desk, job)
    with structlog.testing.capture_logs() as log:
        await desk.settle(work, kept)
    assert [entry["event"] for entry in log] == ["fenced"]
    assert [row["state"] for row in desk.results(job)] == ["success"] * 3 + ["cancelled"] * 3
    assert_ended_once(desk, job, 6)
    assert await desk.take(second) is None
    assert not await cancel(desk, job)
    assert_ended_once(desk, job, 6)


async def test_a_cancel_that_waits_for_a_chunk_ends_its_later_chunks_too(desk: Desk) -> None:
    """The chunk's transaction is open when the cancel begins, and leaves work for later."""
    urls = [*desk.pictures(2), desk.origin.url("/status/503")]
    (chunk,) = desk.job(urls)
    (job,) = desk.jobs
    with_webhook(desk, job)
    work = await desk.take(chunk)
    assert work
    kept = await desk.brought(work)
    assert len(kept.again) == 1
    async with desk.worker.database.connection() as connection:
        async with connection.transaction():
            await connection.execute("select from chunks where id = %s for no key update", [chunk])
            cancelling = asyncio.create_task(cancel(desk, job))
            await asyncio.to_thread(_until_somebody_waits, desk)
            await connection.execute(
                "insert into chunks (job_id, number, positions, tries) values (%s, 0, '{2}', 1)",
                [job],
            )
            await connection.execute("delete from chunks where id = %s", [chunk])
        assert await cancelling
    assert_ended_once(desk, job, 3)
    assert [row["attempts"] for row in desk.results(job)] == [0, 0, 1]


def _until_somebody_waits(desk: Desk) -> None:
    processes.until(lambda: ledger.value(desk.url, WAITING), "the cancel waits for the chunk")


WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    " and query like 'delete from chunks%%' and datname = current_database()"
)


async def test_a_job_that_broke_off_is_not_cancelled_and_stays_without_rows(desk: Desk) -> None:
    desk.job(desk.pictures(3))
    (job,) = desk.jobs
    async with desk.worker.database.connection() as connection, connection.transaction():
        await finish.break_off(connection, job)
    assert not await cancel(desk, job)
    assert desk.results(job) == []
    assert desk.chunks(job) == []
    assert ledger.value(desk.url, "select state from jobs where id = %s", job) == "failed"


@pytest.mark.parametrize("seed", range(6))
async def test_at_any_moment_each_image_ends_once(desk: Desk, seed: int) -> None:
    """Workers, splits, later chunks and several cancels, interleaved by chance."""
    rng = random.Random(seed)
    urls = desk.pictures(IMAGES)
    for position in rng.sample(range(IMAGES), 6):
        urls[position] = desk.origin.url("/status/503")
    chunks = desk.job(urls, size=4)
    (job,) = desk.jobs
    with_webhook(desk, job)
    worn = rng.choice(chunks)
    ledger.rows(desk.url, "update chunks set attempt = %s where id = %s", take.WEARS_AFTER, worn)

    async def worker() -> None:
        while left := desk.chunks(job):
            await desk.work_off(rng.choice(left)["id"])
            await asyncio.sleep(0)

    async def canceller() -> bool:
        await asyncio.sleep(rng.uniform(0, 0.12))
        return await cancel(desk, job)

    *_, first, second = await asyncio.gather(worker(), worker(), worker(), canceller(), canceller())
    assert first + second <= 1
    while left := desk.chunks(job):
        await desk.work_off(left[0]["id"])
    assert_ended_once(desk, job, IMAGES)
