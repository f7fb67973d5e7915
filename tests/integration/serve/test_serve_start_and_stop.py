"""``serve`` from outside: what it starts, what it says, and that nothing outlives it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.fixtures import ledger, processes, service
from wirephoto.db import embedded

ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


def end(process: subprocess.Popen[str], number: int) -> int:
    """Send a signal; the exit code, within the 30 s that a stop may take."""
    process.send_signal(number)
    return process.wait(30)


@pytest.mark.timeout(180)
def test_serve_brings_its_own_database_and_takes_it_away_again() -> None:
    with service.serving(None, workers=1) as running:
        started = processes.family(running.process.pid)
        assert processes.postgres(running.process.pid)
        assert len(processes.workers(running.process.pid)) == 1
        with embedded.running(running.data_dir, embedded.Holder.COMMAND) as database:
            assert not database.started
            assert ledger.value(database.url, "select version_num from alembic_version")
        assert service.stop(running.process) == 0
        processes.await_end(started)


@pytest.mark.parametrize("number", ENDING)
def test_every_ending_signal_ends_all_that_serve_started(number: int, database_url: str) -> None:
    with service.serving(database_url, workers=2) as running:
        processes.until(lambda: len(processes.workers(running.process.pid)) == 2, "two workers")
        started = processes.family(running.process.pid)
        assert end(running.process, number) == 0
        processes.await_end(started)
        assert "Traceback" not in running.log()


def test_serve_says_one_line_on_stdout_and_nothing_more(database_url: str) -> None:
    with service.folder() as data_dir:
        environment = service.environment_for(data_dir, database_url)
        with service.started(data_dir, environment, workers=0) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("wirephoto listens on http://127.0.0.1:")
            assert line.endswith(f"(0 workers, data in {data_dir})\n")
            assert end(process, signal.SIGTERM) == 0
            assert process.stdout.read() == ""


def test_with_a_database_url_no_database_is_started(database_url: str) -> None:
    with service.serving(database_url, workers=0) as running:
        assert processes.postgres(running.process.pid) == []
        assert not (running.data_dir / "postgres").exists()
        assert ledger.value(database_url, "select count(*) from tokens") == 1


def test_nohup_is_heeded(database_url: str) -> None:
    with service.folder() as data_dir:
        command = ["nohup", sys.executable, "-m", "wirephoto", "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--workers", "0"],
            env=service.environment_for(data_dir, database_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            assert end(process, signal.SIGTERM) == 0


@pytest.mark.timeout(180)
def test_a_stop_during_the_first_start_leaves_nothing_behind() -> None:
    with service.folder() as data_dir:
        environment = service.environment_for(data_dir, None)
        with service.started(data_dir, environment, workers=1) as process:
            processes.until((data_dir / "postgres").exists, "the cluster is being made")
            started = processes.family(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            processes.await_end(started)
        with service.serving(None, workers=0, data_dir=data_dir) as running:
            assert running.client.get("/api/v1/health").json() == {"status": "ok"}


def test_a_killed_worker_is_started_again(database_url: str) -> None:
    with service.serving(database_url, workers=1) as running:
        (killed,) = processes.workers(running.process.pid)
        killed.kill()

        def another() -> list[psutil.Process]:
            found = processes.workers(running.process.pid)
            return [one for one in found if one.pid != killed.pid]

        processes.until(another, "another worker")
        row = "select count(*) from workers where pid = %s"
        processes.until(lambda: ledger.value(database_url, row, another()[0].pid) == 1, "its row")
        assert "worker_died" in running.log()


def test_workers_do_not_take_modules_from_the_folder_they_stand_in(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "asyncio.py").write_text("raise SystemExit('a stranger')")
    with service.folder() as data_dir:
        command = [sys.executable, "-P", "-m", "wirephoto", "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--workers", "1"],
            env=service.environment_for(data_dir, database_url),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            processes.until(
                lambda: ledger.value(database_url, "select count(*) from workers") == 1, "a worker"
            )
            assert end(process, signal.SIGTERM) == 0
