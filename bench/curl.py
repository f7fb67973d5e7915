"""The yardstick: ``curl -Z`` writes the same URLs to files, 64 at a time."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench import measure

AT_ONCE = 64


def require() -> str:
    """Path of curl.

    Raises:
        measure.CannotRun: it is missing.
    """
    found = shutil.which("curl")
    if found is None:
        raise measure.CannotRun("curl is not there: install it")
    return found


def run(curl: str, urls: Sequence[str], size: int, folder: Path, *, durable: bool) -> measure.Run:
    """Fetch all into ``folder``, which is made; ``size``: bytes that must be there."""
    folder.mkdir()
    configuration = folder / "urls.txt"
    configuration.write_text(
        "".join(
            f'url = "{url}"\noutput = "{folder}/{number}.jpg"\n' for number, url in enumerate(urls)
        )
    )
    command = [curl, "-q", "-Z", "--parallel-max", str(AT_ONCE), "--fail", "--no-progress-meter"]
    began = time.perf_counter()
    done = subprocess.run([*command, "-K", configuration], check=False)
    if durable:
        subprocess.run(["sync", "-f", folder], check=True)
    seconds = time.perf_counter() - began
    _check(folder, done.returncode, len(urls), size)
    return measure.Run(seconds)


def _check(folder: Path, code: int, count: int, size: int) -> None:
    sizes = [entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".jpg")]
    if code or len(sizes) != count or sum(sizes) != size:
        raise measure.CannotRun(f"curl ended with {code} and {len(sizes)} of {count} pictures")
