"""Become the database's user, then one of its programs.

A program of its own (``python -I -S launch.py``, the order as JSON on stdin), not a
``preexec_fn``: that one may deadlock when the parent has threads. It keeps its pid: the parent's
child *is* the postmaster.
"""

import ctypes
import json
import os
import sys
from typing import TypedDict

_PR_SET_PDEATHSIG = 1  # prctl(2)


class Order(TypedDict):
    """What to become."""

    user: str
    uid: int
    gid: int
    parent: int  # pid of the one who ordered
    death_signal: int  # sent to us when the thread that started us ends
    files: dict[str, str]  # absolute path: content; written as that user before the program starts
    command: list[str]


def become(order: Order) -> None:
    """Never returns, but by an OSError."""
    if os.geteuid() != order["uid"]:
        os.initgroups(order["user"], order["gid"])
        os.setgid(order["gid"])
        os.setuid(order["uid"])
    os.umask(0o077)
    _die_with(order["parent"], order["death_signal"])
    for path, content in order["files"].items():
        _write(path, content)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execv(order["command"][0], order["command"])  # noqa: S606 - the program's absolute path


def _die_with(parent: int, signal: int) -> None:
    """After the change of user, which would clear it."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def _write(path: str, content: str) -> None:
    fresh = path + ".new"
    with open(fresh, "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - starts faster without pathlib
        file.write(content)
    os.replace(fresh, path)  # noqa: PTH105 - the same


if __name__ == "__main__":
    try:
        become(json.load(sys.stdin))
    except OSError as fault:
        sys.exit(f"FATAL:  {fault}")
