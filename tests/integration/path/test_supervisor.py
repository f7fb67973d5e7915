"""A worker process that stands still is ended by who started it; its successor does the work."""

import asyncio
import signal
from collections.abc import Iterator

import psutil
import pytest
import structlog.testing

from tests.fixtures import ledger, processes, service
from tests.origins import hostile
from wirephoto.worker import supervisor

LIMIT = 16
PICTURES = 100


@pytest.fixture
def running(database_url: str) -> Iterator[service.Service]:
    """Without workers of its own."""
    with service.serving(database_url, workers=0) as started:
        yield started


async def test_a_worker_that_stands_still_with_all_the_connections_is_ended(
    running: service.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_STILL_LOOKS", 5)
    stop = asyncio.Event()
    with hostile.running() as origin, structlog.testing.capture_logs() as logged:
        keeping = asyncio.create_task(supervisor.keep_alive(1, running.environment, stop))
        try:
            await asyncio.to_thread(_stand_still_and_be_followed, running, origin)
        finally:
            stop.set()
            await keeping
    assert "worker_stood_still" in {line["event"] for line in logged}
    assert origin.peak_connections <= LIMIT


def _stand_still_and_be_followed(running: service.Service, origin: hostile.Origin) -> None:
    database_url = running.environment["WIREPHOTO_DATABASE_URL"]
    images = [
        service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.2"), n) for n in range(PICTURES)
    ]
    job = running.accept(images)
    processes.until(lambda: origin.requests.total() >= 10, "it is at work")
    (first,) = processes.workers(psutil.Process().pid)
    first.send_signal(signal.SIGSTOP)
    try:
        assert ledger.value(database_url, "select connections from origin_leases") == LIMIT
        processes.await_end([first])
    finally:
        if first.is_running():
            first.kill()
    running.wait(job)
    ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
