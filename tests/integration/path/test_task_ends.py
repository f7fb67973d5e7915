"""The end of a task that cannot be written: its worker ends, and what it did stays done once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.fixtures import ledger, processes
from tests.integration.path.conftest import Desk
from wirephoto import settings, wiring
from wirephoto.worker import process

_LOCK = "select id from procrastinate_jobs where status = 'doing' for update"
_DOING = "select count(*) from procrastinate_jobs where status = 'doing'"
_SILENT = "update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'"
_LEFT = "select count(*) from procrastinate_jobs"


@pytest.fixture(autouse=True)
def impatient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a lock is refused soon, as by a database that fails; nobody tries for long."""
    monkeypatch.setattr(process, "_PERSIST_SECONDS", (0.1, 0.2))
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    ledger.rows(database_url, f"alter database {name} set lock_timeout = '300ms'")


@pytest.fixture
def holder(database_url: str, impatient: None) -> Iterator[psycopg.Connection]:
    """Somebody who keeps what he locks."""
    with psycopg.connect(database_url) as connection:
        yield connection


async def test_a_worker_that_cannot_write_that_a_task_ended_ends_and_nothing_is_done_twice(
    desk: Desk, holder: psycopg.Connection, tmp_path: Path
) -> None:
    chunks = desk.job([desk.origin.url(f"/jpeg/{n}?size=2000&after=0.5") for n in range(3)])
    await desk.queued(chunks)
    working = asyncio.create_task(process.run(desk.worker, asyncio.Event()))
    await asyncio.to_thread(
        processes.until, lambda: ledger.value(desk.url, _DOING), "it is at work"
    )
    assert holder.execute(_LOCK).fetchall()
    with pytest.raises(BaseExceptionGroup) as ended:
        await asyncio.wait_for(working, 60)
    assert ended.group_contains(process._ENDS)  # the queue cannot write its own end either
    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", 3)
    assert ledger.value(desk.url, _DOING) == 1  # as if it were at work

    holder.rollback()
    ledger.rows(desk.url, _SILENT)
    given = settings.load(data_dir=tmp_path, allow_networks="127.0.0.0/8")
    async with wiring.worker(given, desk.url) as successor:
        stop = asyncio.Event()
        working = asyncio.create_task(process.run(successor, stop))
        await asyncio.to_thread(
            processes.until, lambda: not ledger.value(desk.url, _LEFT), "it is ended"
        )
        stop.set()
        await working
    assert desk.origin.requests.total() == 3
    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", 3)
