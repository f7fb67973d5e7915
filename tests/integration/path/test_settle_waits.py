"""Whoever settles waits for a lock: what is true when it gets it decides, not what it had read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import psycopg

from tests.fixtures import ledger, processes
from tests.integration.path.conftest import Desk
from wirephoto.pipeline.steps import keep, outcomes

_WAITING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)
_MAKE = """
insert into entries
select (jsonb_populate_record(e, jsonb_build_object('id', 'other' || external_id))).* from aside e
"""


@contextlib.asynccontextmanager
async def somebody(desk: Desk, locks: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A session that has executed a statement and not yet committed it."""
    async with await psycopg.AsyncConnection.connect(desk.url) as session:
        await session.execute(locks.encode())
        yield session


async def until_they_wait(desk: Desk, count: int = 1) -> None:
    await asyncio.to_thread(
        processes.until, lambda: ledger.value(desk.url, _WAITING) == count, "they wait"
    )


async def brought(desk: Desk, chunk: int) -> tuple[outcomes.Work, keep.Kept]:
    work = await desk.take(chunk)
    assert work
    return work, await desk.brought(work)


async def test_a_claim_that_waited_for_a_part_does_not_bring_it_again(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    work, kept = await brought(desk, chunk)
    kept.is_last = False
    async with somebody(desk, "select from jobs for no key update") as session:
        settling = asyncio.create_task(desk.settle(work, kept))
        await until_they_wait(desk)
        claiming = asyncio.create_task(desk.take(chunk))
        await until_they_wait(desk, 2)
        await session.commit()
    await settling
    fresh = await claiming
    assert len(desk.results(desk.jobs[0])) == 3
    assert fresh
    assert fresh.images == []


async def test_a_fence_that_is_raised_meanwhile_holds(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(2))
    work, kept = await brought(desk, chunk)
    async with somebody(desk, "update chunks set attempt = attempt + 1") as session:
        settling = asyncio.create_task(desk.settle(work, kept))
        await until_they_wait(desk)
        await session.commit()
    await settling
    assert desk.results(desk.jobs[0]) == []
    assert ledger.value(desk.url, "select count(*) from entries") == 0
    assert [row["id"] for row in desk.chunks(desk.jobs[0])] == [chunk]


async def test_a_picture_that_is_taken_away_meanwhile_comes_back(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    work, kept = await brought(desk, chunk)
    takes = "update blobs set state = 'deleting' where key = (select max(key) from blobs)"
    async with somebody(desk, takes) as session:
        settling = asyncio.create_task(desk.settle(work, kept))
        await until_they_wait(desk)
        await session.commit()
    await settling
    (later,) = desk.chunks(desk.jobs[0])
    assert len(later["positions"]) == 1
    states = "select b.state from entries e left join blobs b on b.key = e.asset_key"
    assert ledger.rows(desk.url, states) == [{"state": "stored"}] * 2
    assert ledger.value(desk.url, "select done from jobs") == 2


async def test_pairs_that_are_made_meanwhile_are_looked_at(desk: Desk) -> None:
    await desk.work_off(desk.job(desk.pictures(3, first=50))[0])
    ledger.rows(desk.url, "create table aside as select * from entries where external_id <> '1'")
    ledger.rows(desk.url, "delete from entries")
    work, kept = await brought(desk, desk.job(desk.pictures(3))[0])
    async with somebody(desk, _MAKE) as session:
        settling = asyncio.create_task(desk.settle(work, kept))
        await until_they_wait(desk)
        await session.commit()
    await settling
    entries = ledger.rows(desk.url, "select id, version from entries order by external_id")
    assert [entry["version"] for entry in entries] == [2, 1, 2]
    assert_ended(desk, desk.jobs[1], [entry["id"] for entry in entries])


async def test_two_parts_that_wait_for_their_job_are_both_counted(desk: Desk) -> None:
    chunks = desk.job(desk.pictures(4), size=2)
    ledger.rows(desk.url, "update jobs set webhook = 'http://127.0.0.1:9/'")
    parts = [await brought(desk, chunk) for chunk in chunks]
    async with somebody(desk, "update jobs set context = '{}'") as session:
        settling = [asyncio.create_task(desk.settle(work, kept)) for work, kept in parts]
        await until_they_wait(desk, 2)
        await session.commit()
    await asyncio.gather(*settling)
    entries = ledger.rows(desk.url, "select id from entries order by external_id")
    assert_ended(desk, desk.jobs[0], [entry["id"] for entry in entries])
    assert ledger.value(desk.url, "select count(*) from deliveries") == 1


def assert_ended(desk: Desk, job: int, entries: Sequence[str]) -> None:
    """Each of its images has its row and its entry, and is counted once."""
    assert [row["entry_id"] for row in desk.results(job)] == entries
    counted = ledger.rows(desk.url, "select state, done, success from jobs where id = %s", job)
    assert counted == [{"state": "success", "done": len(entries), "success": len(entries)}]
    assert desk.chunks(job) == []
