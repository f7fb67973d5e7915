"""``wirephoto worker``: worker processes beside, or without, a ``serve``."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ledger, processes, service
from tests.origins import hostile

pytestmark = pytest.mark.timeout(240)


@contextlib.contextmanager
def working(
    data_dir: Path, environment: dict[str, str], *, workers: int = 1, umask: int = -1
) -> Iterator[subprocess.Popen[str]]:
    """A ``worker`` that said it works; stopped in order at the end."""
    with (data_dir.parent / f"{data_dir.name}.worker.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "wirephoto", "worker", "--workers", str(workers)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            umask=umask,
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"wirephoto works ({workers} worker processes)\n"
        yield process
    finally:
        service.stop(process)
        Path(log.name).unlink()


def pictures(origin: hostile.Origin, count: int, query: str) -> list[dict[str, object]]:
    return [service.image(origin.url(f"/jpeg/{n}?{query}"), n) for n in range(count)]


def test_a_worker_attaches_to_the_database_of_a_serve_and_does_its_work() -> None:
    with hostile.running() as origin, service.serving(None, workers=0) as running:
        job = running.accept(pictures(origin, 5, "size=2000"))
        with working(running.data_dir, running.environment) as worker:
            assert processes.postgres(worker.pid) == []
            assert running.wait(job)["overview"]["details"]["success"] == 5
            started = processes.family(worker.pid)
            assert service.stop(worker) == 0
            processes.await_end(started)
        assert running.client.get("/api/v1/health").status_code == 200


def test_a_worker_alone_starts_the_database_itself_whatever_the_umask() -> None:
    with service.folder() as made:
        data_dir = made / "fresh"
        environment = service.environment_for(data_dir, None)
        with working(data_dir, environment, umask=0o077) as worker:
            assert processes.postgres(worker.pid)
            started = processes.family(worker.pid)
            assert service.stop(worker) == 0
            processes.await_end(started)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_a_worker_that_ends_held_is_done_by_another(number: int, database_url: str) -> None:
    count = 150
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=0) as running,
    ):
        job = running.accept(pictures(origin, count, "size=2000&after=0.1"))
        with working(running.data_dir, running.environment) as worker:
            processes.until(lambda: origin.requests.total() > 20, "the import is under way")
            started = processes.family(worker.pid)
            worker.send_signal(number)
            assert worker.wait(30) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
            processes.await_end(started)
        assert not running.status(job)["finished"]
        held = ledger.rows(database_url, "select id from procrastinate_jobs where status = 'doing'")
        assert not held  # its children heeded the death of their parent as an order to stop
        with working(running.data_dir, running.environment):
            running.wait(job)
        ledger.assert_whole(database_url, running.data_dir / "storage", job, count)


def test_a_worker_that_holds_an_endless_picture_stops_all_the_same(database_url: str) -> None:
    with hostile.running() as origin, service.serving(database_url, workers=0) as running:
        running.accept([service.image(origin.url("/jpeg/1?after=600"))])
        with working(running.data_dir, running.environment) as worker:
            processes.until(origin.requests.total, "the picture is asked for")
            started = processes.family(worker.pid)
            assert service.stop(worker) == 0
            processes.await_end(started)
        todo = "select count(*) from procrastinate_jobs where status = 'todo'"
        assert ledger.value(database_url, todo) == 1


def test_a_worker_of_no_processes_is_refused(database_url: str) -> None:
    with service.folder() as data_dir:
        environment = service.environment_for(data_dir, database_url)
        ended = service.run("worker", "--workers", "0", environment=environment)
        assert ended.returncode == 2
        assert ended.stderr == (
            "wirephoto: WIREPHOTO_WORKERS: must be at least 1 for `wirephoto worker`\n"
        )
