"""Starting PostgreSQL's programs as the server's user, and reading why one ended."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from wirephoto.db.embedded import launch as program
from wirephoto.db.embedded.account import Account

_FAULT = re.compile(r"(?:FATAL|PANIC|error):\s+(.*)")
_NOISE = ("child process exited", "child process was terminated")


def launch(order: bytes, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """A child that becomes what was ordered; its output goes into the file.

    Nothing of our environment (PGDATA, PGPORT, TZ) decides anything, no folder is kept busy, and
    a Ctrl-C in the terminal reaches us alone, so that our work ends before its database does.
    """
    child = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", os.path.realpath(program.__file__)],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        start_new_session=True,
    )
    assert child.stdin is not None
    with child.stdin as stdin:
        stdin.write(order)
    return child


def order(
    account: Account,
    command: Sequence[str],
    death_signal: signal.Signals,
    files: Mapping[str, str] | None = None,
) -> bytes:
    """What ``launch`` is to become: the command as that user, after writing the files."""
    return json.dumps(
        program.Order(
            user=account.name,
            uid=account.uid,
            gid=account.gid,
            parent=os.getpid(),
            death_signal=int(death_signal),
            files=dict(files or {}),
            command=list(command),
        )
    ).encode()


def first_fault(output: str) -> str:
    """The line that says why a program of PostgreSQL ended: later ones are its consequences."""
    faults = [str(line) for line in _FAULT.findall(output) if not line.startswith(_NOISE)]
    return [*faults, *reversed(output.strip().splitlines()), "it said nothing"][0]
