"""An import that is interrupted goes on after the next start: nothing lost, nothing doubled."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ledger, processes, service
from tests.origins import hostile
from wirephoto.db import embedded

PICTURES = 300
SLOWLY = "size=2000&after=0.1"  # 16 connections: about two seconds in all

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with service.folder() as made:
        yield made


def begin(running: service.Service, origin: hostile.Origin) -> str:
    """An import that is well under way: at least one chunk is catalogued, most are not."""
    pictures = [
        service.image(origin.url(f"/jpeg/{number}?{SLOWLY}"), number) for number in range(PICTURES)
    ]
    job = running.accept(pictures)
    processes.until(
        lambda: PICTURES // 4 < origin.requests.total() < PICTURES, "the import is under way"
    )
    return job


def await_first_rows(data_dir: Path, job: str) -> None:
    with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
        processes.until(lambda: ledger.settled(database.url, job), "a chunk is catalogued")


def settled(data_dir: Path, job: str) -> list[int]:
    with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
        return ledger.settled(database.url, job)


def assert_whole(data_dir: Path, job: str) -> None:
    with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
        ledger.assert_whole(database.url, data_dir / "storage", job, PICTURES)


def assert_fetched_once(origin: hostile.Origin, numbers: list[int]) -> None:
    assert {origin.requests[f"/jpeg/{number}"] for number in numbers} == {1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_import_that_is_stopped_in_order_goes_on_after_the_next_start(
    number: int, data_dir: Path
) -> None:
    with hostile.running() as origin:
        with service.serving(None, workers=2, data_dir=data_dir) as running:
            job = begin(running, origin)
            await_first_rows(data_dir, job)
            started = processes.family(running.process.pid)
            running.process.send_signal(number)
            assert running.process.wait(30) == 0
            processes.await_end(started)
        done = settled(data_dir, job)
        assert 0 < len(done) < PICTURES
        with service.serving(None, workers=2, data_dir=data_dir) as running:
            finished = running.wait(job)
            assert finished["overview"]["details"] == {
                "success": PICTURES,
                "skipped": 0,
                "failed": 0,
            }
            assert_whole(data_dir, job)
        assert_fetched_once(origin, done)


def test_an_import_goes_on_after_serve_was_killed(data_dir: Path) -> None:
    with hostile.running() as origin:
        with service.serving(None, workers=2, data_dir=data_dir) as running:
            job = begin(running, origin)
            await_first_rows(data_dir, job)
            started = processes.family(running.process.pid)
            running.process.kill()
            processes.await_end(started)
        done = settled(data_dir, job)
        with service.serving(None, workers=2, data_dir=data_dir) as running:
            running.wait(job, patience=90)
            assert_whole(data_dir, job)
        assert_fetched_once(origin, done)


def test_an_import_goes_on_after_its_database_was_killed(data_dir: Path) -> None:
    with hostile.running() as origin, service.serving(None, data_dir=data_dir) as running:
        job = begin(running, origin)
        await_first_rows(data_dir, job)
        with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
            postmaster = database.pid
        for process in processes.postgres(running.process.pid):
            if process.pid == postmaster:
                process.kill()
        running.client.timeout = 60
        running.wait_through(job, patience=120)
        assert_whole(data_dir, job)
        assert "Traceback" not in running.log()
