"""wirephoto itself, as its user would start it: a child process that ends with us."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wirephoto import errors, settings
from wirephoto.cli.demo import stopping

LOG_NAME = "serve.log"
STOP_SECONDS = 28.0  # a service in order takes under two; its workers may take 22
_START_SECONDS = 120.0  # a first start on a slow disk
_TOKEN_SECONDS = 60.0
_POLL_SECONDS = 0.05
_PROGRAM = (sys.executable, "-m", "wirephoto")
_LISTENS = re.compile(r"^wirephoto listens on (http://\S+)", re.MULTILINE)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_SCOPES = ("public-api:write", "public-api:read")


class Service:
    """``wirephoto serve`` on a folder.

    Start it before any thread: its child is told, between fork and exec, to end when the thread
    that started it does.
    """

    def __init__(self, folder: Path, stop: stopping.Stop) -> None:
        self._folder = folder
        self._stop = stop
        self._log = folder / LOG_NAME
        self._environment = _environment()
        self._children: list[subprocess.Popen[str]] = []

    def start(self, port: int) -> None:
        """Start ``serve``; ``address`` waits for it."""
        with self._log.open("w") as log:
            self._start(
                ["serve", "--port", str(port)],
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_death_signal(),
            )

    def address(self) -> str:
        """Where it listens; waits until it does.

        Raises:
            errors.OperatorError: it ended, or takes longer than anyone waits.
        """
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            found = _LISTENS.search(self._said())
            if found:
                return found[1]
            self.check()
            time.sleep(_POLL_SECONDS)
        raise errors.OperatorError(
            f"wirephoto does not come up within {_START_SECONDS:.0f} s: {self._last_line()}"
        )

    def check(self) -> None:
        """Raise errors.OperatorError if it has ended; the text holds its last line."""
        code = self._children[0].poll()
        if code is not None:
            raise errors.OperatorError(
                f"`wirephoto serve` ended with code {code}: {self._last_line()}"
            )

    def token(self) -> str:
        """A new token that may write and read.

        Raises:
            errors.OperatorError: the command failed.
        """
        scopes = [part for scope in _SCOPES for part in ("--scope", scope)]
        process = self._start(
            ["token", "create", "demo", *scopes], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            told, complained = process.communicate(timeout=_TOKEN_SECONDS)
        except subprocess.TimeoutExpired:
            raise errors.OperatorError("`wirephoto token create` does not end") from None
        if process.returncode:
            raise errors.OperatorError(f"`wirephoto token create` failed: {_last(complained)}")
        return str(told).strip()

    def stop(self) -> None:
        """End all that was started, gently at first; returns when it is gone."""
        with self._stop.held():
            for process in reversed(self._children):
                _end(process)

    def _start(self, arguments: list[str], **options: Any) -> "subprocess.Popen[str]":
        with self._stop.held():
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [*_PROGRAM, *arguments, "--data-dir", str(self._folder)],
                stdin=subprocess.DEVNULL,
                text=True,
                cwd=self._folder,  # no wirephoto.toml of the user's
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches us alone
                **options,
            )
            self._children.append(process)
        return process

    def _said(self) -> str:
        return self._log.read_text(errors="replace")

    def _last_line(self) -> str:
        return _last(self._said())


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its own children end with it, by their death signal
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _environment() -> Mapping[str, str]:
    """The user's, without their settings of wirephoto: the demo never meets a real installation."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(settings.PREFIX)
    }
    return {**kept, f"{settings.PREFIX}ALLOW_NETWORKS": "127.0.0.0/8,::1/128"}


def _death_signal() -> Callable[[], None]:
    """What runs in the child before it becomes ``serve``; all it needs is loaded before."""
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
