"""A worker that stood still while another did its work has nothing to say when it wakes up.

Its process is stopped, its way to the database is silent, or its event loop is blocked.
"""

import contextlib
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.faults import mortals, scale
from tests.fixtures import figures, gateway, ledger, processes, service
from tests.integration.commands import test_worker_command
from tests.origins import hostile

PICTURES = 120
LIMIT = 16  # connections to an origin, by default
STILL_SECONDS = scale.pick(0, 60)
BLOCKED_SECONDS = 40
_SILENT = """
with silent as (
  update workers set heartbeat_at = heartbeat_at - interval '31 seconds' where pid = %s
  returning queue_ids
)
update procrastinate_workers q set last_heartbeat = last_heartbeat - interval '31 seconds'
from silent where q.id = any (silent.queue_ids)
"""
_BEATING = "select pid from workers where heartbeat_at > now() - interval '10 seconds'"


def accept(running: service.Service, origin: hostile.Origin, **more: str) -> str:
    images = [
        service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.2"), n) for n in range(PICTURES)
    ]
    return running.accept(images, **more)


def grow_old(database_url: str, pid: int) -> None:
    """In a short run its heartbeat is made as old as it would be in half a minute."""
    if not scale.FULL:
        ledger.rows(database_url, _SILENT, pid)


def await_job(running: service.Service, job: str, begun: float) -> list[object]:
    """What is in the database when the job is done and the worker stood still for long enough."""
    running.wait(job, patience=180)
    time.sleep(max(0.0, begun + STILL_SECONDS - time.monotonic()))
    return contents(running.environment["WIREPHOTO_DATABASE_URL"])


def assert_same(running: service.Service, job: str, before: list[object]) -> None:
    """Nothing was written since, and all of it is right."""
    database_url = running.environment["WIREPHOTO_DATABASE_URL"]
    assert contents(database_url) == before
    ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
    service.prove(running.environment)
    assert "Traceback" not in running.log(), running.log()


@pytest.mark.timeout(300)
def test_a_worker_that_was_stopped_for_long_is_fenced_out(
    database_url: str, figures: figures.Figures
) -> None:
    """Its supervisor stands still with it, as where a container is frozen: nobody ends it."""
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=1) as running,
        test_worker_command.working(running.data_dir, running.environment) as command,
    ):
        for parent in (running.process.pid, command.pid):
            await_beats_of(database_url, parent, 1)  # who is alone has all the connections
        (stalled,) = processes.workers(command.pid)
        job = accept(running, origin)
        processes.until(lambda: holds_a_chunk(database_url, stalled.pid), "it is at work")
        with standing_still(psutil.Process(command.pid)):
            stalled.send_signal(signal.SIGSTOP)
            begun = time.monotonic()
            grow_old(database_url, stalled.pid)
            before = await_job(running, job, begun)
            seconds = time.monotonic() - begun
            stalled.send_signal(signal.SIGCONT)
            processes.await_end([stalled])  # it finds that it was buried
        await_beats_of(database_url, command.pid, 1)
        assert_same(running, job, before)
        assert origin.peak_connections <= LIMIT
        log = log_of(running)
        figures.tell(pictures=PICTURES, stopped_seconds=round(seconds), **told(log))
        assert "Traceback" not in log, log
        assert '"event": "fenced"' in log


@pytest.mark.timeout(300)
@pytest.mark.skipif(not scale.FULL, reason="half a minute of standing still: in make faults")
def test_a_worker_that_stands_still_with_all_the_connections_is_ended(
    database_url: str, figures: figures.Figures
) -> None:
    """Alone it had them all; nobody would have any as long as it lives."""
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=1) as running,
    ):
        await_beats_of(database_url, running.process.pid, 1)
        (stalled,) = processes.workers(running.process.pid)
        job = accept(running, origin)
        processes.until(lambda: origin.requests.total() >= 20, "it is at work")
        stalled.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        processes.await_end([stalled], patience=60)
        ended = time.monotonic() - begun
        running.wait(job, patience=60)
        seconds = time.monotonic() - begun
        assert_same(running, job, contents(database_url))
        assert origin.peak_connections <= LIMIT
        figures.tell(ended_after_seconds=round(ended, 1), done_after_seconds=round(seconds, 1))
        assert '"event": "worker_stood_still"' in running.log()


@pytest.mark.timeout(300)
def test_a_worker_that_was_cut_off_from_the_database_is_fenced_out(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        gateway.opened(database_url) as way,
        service.serving(database_url, workers=1) as running,
    ):
        aside = running.environment | {"WIREPHOTO_DATABASE_URL": way.url}
        with test_worker_command.working(running.data_dir, aside) as command:
            await_beats_of(database_url, command.pid, 1)
            (cut_off,) = processes.workers(command.pid)
            job = accept(running, origin)
            processes.until(lambda: holds_a_chunk(database_url, cut_off.pid), "it is at work")
            way.stall()
            begun = time.monotonic()
            grow_old(database_url, cut_off.pid)
            before = await_job(running, job, begun)
            asked = origin.requests.total()
            seconds = time.monotonic() - begun
            way.heal()
            processes.await_end([cut_off], patience=60)
            await_beats_of(database_url, command.pid, 1)
            log = log_of(running)
            assert_same(running, job, before)
            assert origin.requests.total() == asked
            figures.tell(pictures=PICTURES, cut_off_seconds=round(seconds), **told(log))
            assert "Traceback" not in log, log
            assert any(told(log).values()), log


@pytest.mark.timeout(300)
@pytest.mark.skipif(not scale.FULL, reason="long: `make faults` runs it")
@pytest.mark.parametrize("step", ["fetched", "rows"])
def test_a_worker_whose_loop_was_blocked_for_long_is_fenced_out(
    step: str, database_url: str, figures: figures.Figures
) -> None:
    """A job with a webhook: its rows are written in a transaction that is open then."""
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=1) as running,
        mortals.started(running, [f"{step} 1 {BLOCKED_SECONDS}"], 1) as keeper,
    ):
        await_beats_of(database_url, keeper.process.pid, 1)
        (blocked,) = psutil.Process(keeper.process.pid).children()
        job = accept(running, origin, webhook=origin.url("/status/204"))
        processes.until(lambda: keeper.deaths, "it is blocked")
        grow_old(database_url, blocked.pid)
        running.wait(job, patience=180)
        processes.await_end([blocked], patience=60)
        before = contents(database_url)
        await_beats_of(database_url, keeper.process.pid, 1)
        assert_same(running, job, before)
        log = (running.data_dir / "mortals.log").read_text()
        figures.tell(step=step, blocked_seconds=BLOCKED_SECONDS, **told(log))
        assert "Traceback" not in log, log
        assert any(told(log).values()), log


@contextlib.contextmanager
def standing_still(process: psutil.Process) -> Iterator[None]:
    """Stopped, and woken whatever happens."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in (*process.children(), process):
            one.send_signal(signal.SIGCONT)


def log_of(running: service.Service) -> str:
    """What the ``worker`` beside it said."""
    return (running.data_dir.parent / f"{running.data_dir.name}.worker.log").read_text()


def told(log: str) -> dict[str, int]:
    """How often stale writes were refused, and workers ended because they had been buried."""
    return {
        "refused": log.count('"event": "fenced"'),
        "ended": log.count('"event": "worker_ended"'),
    }


def await_beats_of(database_url: str, pid: int, count: int) -> None:
    """Until so many workers that a process started have a heartbeat."""

    def beating() -> bool:
        known = {row["pid"] for row in ledger.rows(database_url, _BEATING)}
        return sum(one.pid in known for one in psutil.Process(pid).children()) == count

    processes.until(beating, f"{count} workers are there")


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
