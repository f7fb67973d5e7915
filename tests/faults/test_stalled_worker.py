"""A worker that stood still while another did its work has nothing to say when it wakes up."""

import signal

import pytest

from tests.fixtures import ledger, processes, service
from tests.origins import hostile

PICTURES = 120


@pytest.mark.timeout(240)
def test_a_worker_that_was_stopped_for_long_is_fenced_out(database_url: str) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=2) as running,
    ):
        job = running.accept(
            [
                service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.2"), n)
                for n in range(PICTURES)
            ]
        )
        processes.until(lambda: origin.requests.total() >= 20, "both are at work")
        stalled, other = processes.workers(running.process.pid)
        if not holds_a_chunk(database_url, stalled.pid):
            stalled, other = other, stalled
        stalled.send_signal(signal.SIGSTOP)
        try:
            running.wait(job, patience=120)
            before = contents(database_url)
            ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
        finally:
            stalled.send_signal(signal.SIGCONT)
        processes.await_end([stalled])  # it finds that it was buried, and makes room
        processes.until(
            lambda: (
                other.pid in {one.pid for one in processes.workers(running.process.pid)}
                and len(processes.workers(running.process.pid)) == 2
            ),
            "another in its place",
        )
        assert contents(database_url) == before
        ledger.assert_stored(database_url, ledger.objects(running.data_dir / "storage"))
        assert '"event": "fenced"' in running.log()
        assert "Traceback" not in running.log(), running.log()


def holds_a_chunk(database_url: str, pid: int) -> bool:
    """Whether the worker process has a lease at an origin, which it has while it holds a chunk."""
    held = (
        "select count(*) from origin_leases l join workers w on w.id = l.worker_id where pid = %s"
    )
    return bool(ledger.value(database_url, held, pid))


def contents(database_url: str) -> list[object]:
    return [
        ledger.rows(database_url, f"select * from {table} order by 1, 2")
        for table in ("results", "entries", "jobs")
    ]
