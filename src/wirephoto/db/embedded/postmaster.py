"""The server's process: started, kept alive, stopped.

A thread of ours starts it and lives as long as it does, for two reasons: the parent-death signal
comes when the *thread* that started a process ends, not its process; and someone has to wait for
it. When we are killed, the kernel sends the postmaster SIGINT, a fast shutdown. When the
postmaster is killed, the thread starts another, at the same address.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from typing import IO

import psycopg
import structlog

from wirephoto import errors
from wirephoto.db.embedded import configuration, connection, pidfile, process
from wirephoto.db.embedded.account import Account, current
from wirephoto.db.embedded.binaries import Programs
from wirephoto.db.embedded.folders import Folders

_START_S = 300.0  # recovery after a crash reads up to max_wal_size of log
_LEFTOVERS_S = 15.0  # what a killed postmaster leaves ends by itself in about a second
_LEFTOVERS = ("pre-existing shared memory block", 'lock file "')
_POLL_S = 0.02
_RETRY_S = 0.2
_RESTART_PAUSE_S = 5.0
_PRUNE_S = 60.0
_LOGS_KEPT = 10
_HANDED_OVER = b"redirecting log output"

log = structlog.get_logger(__name__)


class Postmaster:
    """The server of one cluster.

    Args:
        folders: of the server.
        account: whom it runs as.
        programs: PostgreSQL's.
        announce: called with the postmaster's pid when it begins to answer, with None before.
    """

    def __init__(
        self,
        folders: Folders,
        account: Account,
        programs: Programs,
        announce: Callable[[int | None], None],
    ) -> None:
        self._folders = folders
        self._account = account
        self._program = os.fspath(programs.postgres)
        self._announce = announce
        self._process: subprocess.Popen[bytes] | None = None
        self._first: futures.Future[int] = futures.Future()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postgres", daemon=True)

    def start(self) -> int:
        """Start the server, wait until it answers; returns its pid.

        Raises:
            errors.OperatorError: it ended at once; the text holds its own last word.
            OSError: it could not be started at all.
        """
        self._thread.start()
        return self._first.result()

    def stop(self) -> None:
        """End the server, at first gently."""
        self._stopping.set()
        for number, patience in pidfile.STOP_STEPS:
            if not self._thread.is_alive():
                return
            if self._process is not None:
                self._process.send_signal(number)
            self._thread.join(patience)

    def _run(self) -> None:
        try:
            server = self._start()
        except Exception as fault:  # noqa: BLE001 - raised again in the thread that waits for it
            self._first.set_exception(fault)
            return
        self._first.set_result(server.pid)
        while self._has_ended_by_itself(server):
            log.error("database_died", code=server.returncode)
            restarted = self._restart()
            if restarted is None:
                return
            server = restarted

    def _has_ended_by_itself(self, server: subprocess.Popen[bytes]) -> bool:
        while True:
            _prune(self._folders.log)
            try:
                server.wait(_PRUNE_S)
            except subprocess.TimeoutExpired:
                continue
            return not self._stopping.is_set()

    def _restart(self) -> subprocess.Popen[bytes] | None:
        """Until it runs (a full disk may be emptied), or is no longer wanted (None)."""
        while not self._stopping.is_set():
            try:
                return self._start()
            except (errors.OperatorError, OSError) as fault:
                log.error("database_not_started", problem=str(fault))  # noqa: TRY400 - the line says it all
                self._stopping.wait(_RESTART_PAUSE_S)
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        self._announce(None)
        pidfile.end_left_over(self._folders.cluster)
        deadline = time.monotonic() + _LEFTOVERS_S
        while True:
            with tempfile.TemporaryFile() as output:
                server = self._launch(output)
                fault = self._wait_until_ready(server, output)
            if fault is None:
                return server
            passing = any(text in fault for text in _LEFTOVERS) and time.monotonic() < deadline
            if not passing or self._stopping.wait(_RETRY_S):
                raise errors.OperatorError(
                    f"PostgreSQL did not start in {self._folders.cluster}: {fault}"
                )

    def _launch(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        cluster = self._folders.cluster
        main_file = cluster / configuration.MAIN_FILE
        users = (self._account.name, current().name, "root")
        files = configuration.files(self._folders, users)
        command = [self._program, f"-D{cluster}", f"-cconfig_file={main_file}"]
        self._process = process.launch(
            process.order(self._account, command, signal.SIGINT, files), output
        )
        return self._process

    def _wait_until_ready(self, server: subprocess.Popen[bytes], output: IO[bytes]) -> str | None:
        """None, or why it does not run."""
        deadline = time.monotonic() + _START_S
        while server.poll() is None and not self._stopping.wait(_POLL_S):
            if time.monotonic() > deadline:
                _end(server)
                return f"no answer after {_START_S:.0f} s"
            # Its own word first: a connection that comes too early is an error in its log.
            if pidfile.says_ready(self._folders.cluster, server.pid):
                return self._open_for_use(server)
        _end(server)
        return self._reason(output)

    def _open_for_use(self, server: subprocess.Popen[bytes]) -> str | None:
        try:
            connection.create_database_if_missing(self._folders.socket)
            self._announce(server.pid)
        except (psycopg.Error, OSError) as fault:
            _end(server)
            return str(fault).strip().partition("\n")[0]
        return None

    def _reason(self, output: IO[bytes]) -> str:
        output.seek(0)
        text = output.read()
        if _HANDED_OVER in text and (logs := _collected(self._folders.log)):
            text = logs[-1].read_bytes()
        return process.first_fault(text.decode(errors="replace"))


def _end(server: subprocess.Popen[bytes]) -> None:
    for number, patience in pidfile.STOP_STEPS:
        server.send_signal(number)
        try:
            server.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


def _collected(folder: Path) -> list[Path]:
    """The log files, oldest first: their names are times."""
    return sorted(folder.glob(f"{configuration.LOG_PREFIX}*.log"))


def _prune(folder: Path) -> None:
    """Ten files of 10 MB are kept; PostgreSQL itself bounds a file's size, not their number."""
    with contextlib.suppress(OSError):  # of the disk: next time
        for old in _collected(folder)[:-_LOGS_KEPT]:
            old.unlink(missing_ok=True)
