"""A new installation of wirephoto, started for a measurement and stopped after it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import (  # noqa: TID251 - a client from outside
    HTTPConnection,
    HTTPException,
    HTTPResponse,
)
from pathlib import Path
from typing import Any

import psutil

from bench import measure
from wirephoto.db import embedded

POLL_SECONDS = 0.02
_IMPORT = "/api/v1/import/images"
_READY_SECONDS = 300.0  # a new cluster, on a machine that may do much else
_LONGEST_SECONDS = 900.0
_STOP_SECONDS = 300.0
_WIREPHOTO = (sys.executable, "-m", "wirephoto")


@dataclass(frozen=True, slots=True)
class Installation:
    """How wirephoto is run; ``host_connections`` is None as shipped.

    ``settings`` are further variables of the environment, ``scopes`` those of its token.
    """

    workers: int
    host_connections: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    scopes: Sequence[str] = ("public-api:write", "public-api:read")

    def environment(self) -> dict[str, str]:
        """Ours, without settings of somebody else's installation."""
        kept = {name: text for name, text in os.environ.items() if "WIREPHOTO_" not in name}
        own = {"WIREPHOTO_ALLOW_NETWORKS": "127.0.0.0/8", "WIREPHOTO_LOG_FORMAT": "json"}
        if self.host_connections is not None:
            own["WIREPHOTO_HOST_CONNECTIONS"] = str(self.host_connections)
        return kept | own | dict(self.settings)


@dataclass(frozen=True, slots=True)
class Running:
    """One that is up, with all of its workers."""

    port: int
    token: str
    data: Path
    process: psutil.Process
    connection: HTTPConnection

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        """The document that it answers.

        Raises:
            measure.CannotRun: it answered something else.
        """
        try:
            answer, content = self._exchange(method, path, body)
        except (ConnectionError, HTTPException):  # the server ends what is idle for some seconds
            if method != "GET":
                raise
            self.connection.close()  # it opens itself anew
            answer, content = self._exchange(method, path, body)
        if answer.status != 200:
            raise measure.CannotRun(f"wirephoto answered {answer.status}: {content[:500]!r}")
        found: dict[str, Any] = json.loads(content)
        return found

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[HTTPResponse, bytes]:
        self.connection.request(method, path, body, self._headers())
        answer = self.connection.getresponse()
        return answer, answer.read()

    @contextlib.contextmanager
    def asked(self, method: str, path: str, body: bytes | None = None) -> Iterator[HTTPResponse]:
        """The head of the answer; its body is still to be read. A connection of its own."""
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=120)) as connection:
            connection.request(method, path, body, self._headers())
            yield connection.getresponse()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def accept(self, batch: bytes) -> str:
        """Post a batch; the job's id."""
        return str(self.ask("POST", _IMPORT, batch)["id"])

    def status(self, job: str) -> dict[str, Any]:
        """With one row, once it is finished: printing them all is no part of an import."""
        return self.ask("GET", f"{_IMPORT}/status?id={job}&limit=1")

    def until_finished(self, job: str, patience: float = _LONGEST_SECONDS) -> dict[str, Any]:
        began = time.perf_counter()
        while time.perf_counter() - began < patience:
            status = self.status(job)
            if status["finished"]:
                return status
            time.sleep(POLL_SECONDS)
        raise measure.CannotRun(f"the import is not done after {patience:g} s")

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """URL of its embedded database."""
        with embedded.running(self.data, embedded.Holder.COMMAND) as found:
            yield found.url

    def processes(self) -> dict[str, list[psutil.Process]]:
        """All of them, by kind: ``api``, ``worker``, ``postgres``."""
        found: dict[str, list[psutil.Process]] = {}
        for process in (self.process, *self.process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                found.setdefault(kind(process), []).append(process)
        return found


def processor_seconds(running: Running) -> float:
    """Of all processes that run now, since they began."""
    found = (process for each in running.processes().values() for process in each)
    return sum(sum(process.cpu_times()[:2]) for process in found)


def kind(process: psutil.Process) -> str:
    """What a process is, from its command."""
    command = " ".join(process.cmdline())
    for word, name in (("worker.process", "worker"), ("wirephoto serve", "api")):
        if word in command:
            return name
    return str(process.name())


def batch(urls: Sequence[str], system: str = "bench") -> bytes:
    """A request that imports these."""
    images = [
        {
            "url": url,
            "id": f"picture-{number}",
            "fileName": url.rpartition("/")[2],
            "mediaType": "image",
            "metadata": {"title": f"Picture {number}", "source": "bench"},
        }
        for number, url in enumerate(urls)
    ]
    return json.dumps({"systemName": system, "images": images}).encode()


@contextlib.contextmanager
def served(how: Installation, folder: Path) -> Iterator[Running]:
    """``wirephoto serve`` in ``folder``, once all of its workers are up."""
    environment, data = how.environment(), folder / "data"
    options = ["--port", "0", "--workers", str(how.workers), "--data-dir", str(data)]
    with (folder / "serve.log").open("w+b") as log:
        process = subprocess.Popen(
            [*_WIREPHOTO, "serve", *options], env=environment, stdout=log, stderr=log
        )
        try:
            port = _announced(process, folder / "serve.log")
            access = token(environment, data, how.scopes)
            _until_alive(how, environment, data)
            with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                yield Running(port, access, data, psutil.Process(process.pid), connection)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_SECONDS)


def _announced(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < until:
        found = re.search(r"listens on http://\S+:(\d+) ", log.read_text(errors="replace"))
        if found:
            return int(found[1])
        time.sleep(0.05)
    raise measure.CannotRun(f"wirephoto does not start: {log.read_text(errors='replace')}")


def token(environment: dict[str, str], data: Path, scopes: Sequence[str]) -> str:
    scope = [word for name in scopes for word in ("--scope", name)]
    return _command(environment, ["token", "create", "bench", *scope], data).strip()


def _until_alive(how: Installation, environment: dict[str, str], data: Path) -> None:
    """Wait until each worker has registered."""
    until = time.monotonic() + _READY_SECONDS
    while how.workers and time.monotonic() < until:
        if f"{how.workers} alive" in _command(environment, ["doctor"], data):
            return
        time.sleep(0.1)
    if how.workers:
        raise measure.CannotRun("wirephoto's workers do not start")


def _command(environment: dict[str, str], arguments: list[str], data: Path) -> str:
    command = [*_WIREPHOTO, *arguments, "--data-dir", str(data)]
    return subprocess.run(
        command, env=environment, check=False, stdout=subprocess.PIPE, text=True
    ).stdout
