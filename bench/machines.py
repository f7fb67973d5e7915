"""An installation over several machines: one with ``serve`` and workers, the others with workers.

What they share is the database and the bucket. Each has its address and a data directory.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection  # noqa: TID251 - a client from outside
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench import installation, measure, namespaces

_BEATING = """select host, count(*) from workers
where heartbeat_at > now() - interval '10 seconds' group by host"""
_WIREPHOTO = (sys.executable, "-m", "wirephoto")
_PORT = 9090
_READY_SECONDS = 600.0  # of a machine that does much else
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Machine:
    """One that runs: ``data`` is its data directory, ``log`` what its workers say."""

    host: namespaces.Host
    data: Path
    log: Path
    process: psutil.Process

    def workers(self) -> list[psutil.Process]:
        return [one for one in self.process.children() if installation.kind(one) == "worker"]

    def said(self, event: str) -> int:
        """How often its workers logged that."""
        return self.log.read_text(errors="replace").count(f'"event": "{event}"')


@dataclass(frozen=True, slots=True)
class Together:
    """All of them; ``api`` is the way to the one that serves, ``database`` one past it."""

    machines: list[Machine]
    api: installation.Running
    database: psycopg.Connection[tuple[Any, ...]]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.database.execute(statement.encode()).fetchall()

    def until_beating(self, workers: int) -> None:
        """Until each machine has so many workers with a fresh heartbeat."""
        wanted = dict.fromkeys((one.host.name for one in self.machines), workers)
        until(lambda: dict(self.rows(_BEATING)) == wanted, "workers are on every machine")


def until(condition: Any, what: str, patience: float = _READY_SECONDS) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise measure.CannotRun(f"in vain: {what}")
        time.sleep(_LOOK_SECONDS)


@contextlib.contextmanager
def running(
    hosts: Sequence[namespaces.Host],
    shared: installation.Installation,
    database: str,
    folder: Path,
) -> Iterator[Together]:
    """On the first host ``serve --workers 0`` and ``worker``, on the others ``worker``."""
    environment = shared.environment() | {"WIREPHOTO_DATABASE_URL": database}
    with contextlib.ExitStack() as stack:
        # First alone: it sets the empty database up.
        serve = ("serve", "--host", hosts[0].address, "--port", str(_PORT), "--workers", "0")
        api = stack.enter_context(_started(hosts[0], serve, environment, folder / "api"))
        until(lambda: _listens(api), "the API listens")
        words = ("worker", "--workers", str(shared.workers))
        machines = [
            stack.enter_context(_started(host, words, environment, folder / host.name))
            for host in hosts
        ]
        token = installation.token(environment, folder / "command", shared.scopes)
        way = stack.enter_context(
            contextlib.closing(HTTPConnection(hosts[0].address, _PORT, timeout=60))
        )
        service = installation.Running(_PORT, token, api.data, api.process, way)
        past = stack.enter_context(psycopg.connect(database, autocommit=True))
        together = Together(machines, service, past)
        together.until_beating(shared.workers)
        yield together


def _listens(api: Machine) -> bool:
    said = api.log.read_text(errors="replace")
    if not api.process.is_running():
        raise measure.CannotRun(f"serve ended: {said}")
    return bool(re.search("listens on http://", said))


@contextlib.contextmanager
def _started(
    host: namespaces.Host, words: Sequence[str], environment: dict[str, str], data: Path
) -> Iterator[Machine]:
    log = data.with_suffix(".log")
    command = host.command(*_WIREPHOTO, *words, "--data-dir", str(data))
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        yield Machine(host, data, log, psutil.Process(process.pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        process.wait(_STOP_SECONDS)
