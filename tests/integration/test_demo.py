"""``wirephoto demo`` from outside: what it says, how it ends, what it leaves behind (nothing)."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from wirephoto.cli.demo import place

COMMAND = (sys.executable, "-u", "-m", "wirephoto", "demo")
WAITS = "Ctrl-C ends everything."
END_SECONDS = 60  # it promises 30; a busy machine is slow


@pytest.fixture
def top() -> Iterator[Path]:
    """A folder that the database's user can pass; nothing may still run in it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wirephoto-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    left = psutil.wait_procs(processes_in(folder), timeout=END_SECONDS)[1]
    for process in left:
        process.kill()
    shutil.rmtree(folder)
    assert left == []


def processes_in(top: Path) -> list[psutil.Process]:
    """Every process that works below this folder, but ourselves."""
    found = []
    for candidate in psutil.process_iter(["cmdline", "cwd"]):
        told = [candidate.info["cwd"] or "", *(candidate.info["cmdline"] or [])]
        if candidate.pid != os.getpid() and any(str(top) in one for one in told):
            found.append(candidate)
    return found


def environment(top: Path) -> dict[str, str]:
    """The user's settings are of another installation, which the demo must not meet."""
    foreign = {"WIREPHOTO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    proxies = {"http_proxy": "http://127.0.0.1:1"}
    return {**os.environ, **foreign, **proxies, "TMPDIR": str(top)}


@contextlib.contextmanager
def started(top: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options],
        cwd=top,
        env=environment(top),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """What it says, up to the line with these words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it ended without {words!r}: {said}")


@pytest.mark.timeout(300)
def test_once_ends_well_and_shows_both_failures_with_their_codes(top: Path) -> None:
    with started(top, "--once") as process:
        said = process.communicate()[0]
    assert process.returncode == 0, said
    assert said.count("failed: http_status, ") == 2
    assert said.count("failed: not_an_image, ") == 2
    assert "50 success, 0 skipped, 2 failed" in said
    assert "0 success, 50 skipped, 2 failed" in said
    assert list(top.iterdir()) == []


@pytest.mark.timeout(300)
def test_it_stays_until_ctrl_c_and_shows_how_to_call_the_api(top: Path) -> None:
    with started(top) as process:
        said = said_until(process, WAITS)
        process.send_signal(signal.SIGINT)
        assert process.wait(END_SECONDS) == 0
    assert "curl -H " in said
    assert "/api/v1/import/images" in said
    assert (top / place.DEFAULT / place.MARKER).is_file()
    assert processes_in(top) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("words", ["painting", "wirephoto listens on"])
def test_sigterm_at_any_time_ends_all_that_it_started(top: Path, words: str) -> None:
    with started(top) as process:
        said_until(process, words)
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 128 + signal.SIGTERM
    assert processes_in(top) == []


@pytest.mark.timeout(300)
def test_what_it_started_ends_when_it_is_killed(top: Path) -> None:
    with started(top) as process:
        said_until(process, "wirephoto listens on")
        assert processes_in(top) != []
        process.kill()
        process.wait()
    assert psutil.wait_procs(processes_in(top), timeout=END_SECONDS)[1] == []


@pytest.mark.timeout(300)
def test_a_service_that_does_not_come_up_is_shown_with_its_last_line(top: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(top, "--port", str(port), "--data-dir", str(top / "own")) as process:
            said = process.communicate()[0]
    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in said
