"""One import by wirephoto: a new installation, one batch, until its status says finished."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection  # noqa: TID251 - a client from outside
from pathlib import Path
from typing import Any

from bench import measure

POLL_SECONDS = 0.02
_READY_SECONDS = 60.0
_LONGEST_SECONDS = 900.0
_STOP_SECONDS = 60.0
_WIREPHOTO = (sys.executable, "-m", "wirephoto")


@dataclass(frozen=True, slots=True)
class Installation:
    """How wirephoto is run; ``host_connections`` is None as shipped."""

    workers: int
    host_connections: int | None

    def environment(self) -> dict[str, str]:
        """Ours, without settings of somebody else's installation."""
        kept = {name: text for name, text in os.environ.items() if "WIREPHOTO_" not in name}
        own = {"WIREPHOTO_ALLOW_NETWORKS": "127.0.0.0/8", "WIREPHOTO_LOG_FORMAT": "json"}
        if self.host_connections is not None:
            own["WIREPHOTO_HOST_CONNECTIONS"] = str(self.host_connections)
        return kept | own


def run(
    installation: Installation,
    urls: Sequence[str],
    size: int,
    folder: Path,
    *,
    begins: Callable[[], object] = bool,
    ends: Callable[[], object] = bool,
) -> measure.Run:
    """Import all; ``folder`` is made; ``size``: bytes that must be in storage.

    ``begins`` and ``ends`` are called right before and after, while everything is up.
    """
    folder.mkdir(mode=0o711)  # the database's user must be able to pass
    batch = _batch(urls)
    with _served(installation, folder) as (port, token), _api(port) as api:
        begins()
        began = time.perf_counter()
        job = _ask(api, token, "POST", "/api/v1/import/images", batch)["id"]
        status = _until_finished(api, token, job, began)
        seconds = time.perf_counter() - began
        ends()
    _check(status, folder / "data" / "storage", len(urls), size)
    return measure.Run(seconds)


def _batch(urls: Sequence[str]) -> bytes:
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
    return json.dumps({"systemName": "bench", "images": images}).encode()


@contextlib.contextmanager
def _served(installation: Installation, folder: Path) -> Iterator[tuple[int, str]]:
    """Port and token of an installation whose workers are all up."""
    environment = installation.environment()
    data = ["--data-dir", str(folder / "data")]
    options = ["--port", "0", "--workers", str(installation.workers), *data]
    with (folder / "serve.log").open("w+b") as log:
        process = subprocess.Popen(
            [*_WIREPHOTO, "serve", *options], env=environment, stdout=log, stderr=log
        )
        try:
            port = _announced(process, folder / "serve.log")
            token = _token(environment, data)
            _until_alive(installation, environment, data)
            yield port, token
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


def _token(environment: dict[str, str], data: list[str]) -> str:
    scope = ["--scope", "public-api:write"]
    return _command(environment, ["token", "create", "bench", *scope, *data]).strip()


def _until_alive(installation: Installation, environment: dict[str, str], data: list[str]) -> None:
    """Wait until each worker has registered."""
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if f"{installation.workers} alive" in _command(environment, ["doctor", *data]):
            return
        time.sleep(0.1)
    raise measure.CannotRun("wirephoto's workers do not start")


def _command(environment: dict[str, str], arguments: list[str]) -> str:
    return subprocess.run(
        [*_WIREPHOTO, *arguments], env=environment, check=False, stdout=subprocess.PIPE, text=True
    ).stdout


@contextlib.contextmanager
def _api(port: int) -> Iterator[HTTPConnection]:
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        yield connection


def _ask(
    api: HTTPConnection, token: str, method: str, path: str, body: bytes | None = None
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    api.request(method, path, body, headers)
    answer = api.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise measure.CannotRun(f"wirephoto answered {answer.status}: {content[:500]!r}")
    found: dict[str, Any] = json.loads(content)
    return found


def _until_finished(api: HTTPConnection, token: str, job: str, began: float) -> dict[str, Any]:
    """The final status. One row of it is asked for: printing them all is no part of the import."""
    while time.perf_counter() - began < _LONGEST_SECONDS:
        status = _ask(api, token, "GET", f"/api/v1/import/images/status?id={job}&limit=1")
        if status["finished"]:
            return status
        time.sleep(POLL_SECONDS)
    raise measure.CannotRun(f"the import is not done after {_LONGEST_SECONDS:g} s")


def _check(status: dict[str, Any], storage: Path, count: int, size: int) -> None:
    """Every picture a success, and every byte of theirs in storage."""
    success = status.get("overview", {}).get("details", {}).get("success")
    stored = [path.stat().st_size for path in storage.rglob("*.jpg")]
    if success != count or len(stored) != count or sum(stored) != size:
        raise measure.CannotRun(
            f"of {count} pictures {success} are imported and {len(stored)} stored: {status}"
        )
