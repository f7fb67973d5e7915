"""What a process holds in memory: resident bytes, now and at most since a mark (proc(5))."""

import re
from pathlib import Path

import psutil

_RESET_PEAK = "5"


def resident(process: psutil.Process) -> int:
    """Bytes now, without pages of files and of memory that is shared with others."""
    return _bytes(process, "RssAnon")


def mark(process: psutil.Process) -> None:
    """Let ``peak`` count from here."""
    Path(f"/proc/{process.pid}/clear_refs").write_text(_RESET_PEAK)


def peak(process: psutil.Process) -> int:
    """The most bytes since ``mark``, with pages of files."""
    return _bytes(process, "VmHWM")


def whole(process: psutil.Process) -> int:
    """Bytes now, with pages of files: what ``peak`` counts."""
    return _bytes(process, "VmRSS")


def _bytes(process: psutil.Process, field: str) -> int:
    text = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found, field
    return int(found[1]) * 1024
