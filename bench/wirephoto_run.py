"""One import by wirephoto: a new installation, one batch, until its status says finished."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import installation, measure


def run(
    how: installation.Installation,
    urls: Sequence[str],
    size: int,
    folder: Path,
    *,
    begins: Callable[[], object] = bool,
    ends: Callable[[], object] = bool,
    storage: Path | None = None,
) -> measure.Run:
    """Import all; ``folder`` is made; ``size``: bytes that must be in storage.

    ``storage`` is where they lie at the end, if not in the data directory.
    ``begins`` and ``ends`` are called right before and after, while everything is up.
    """
    folder.mkdir(mode=0o711)  # the database's user must be able to pass
    batch = installation.batch(urls)
    with installation.served(how, folder) as running:
        begins()
        began = time.perf_counter()
        status = running.until_finished(running.accept(batch))
        seconds = time.perf_counter() - began
        ends()
    _check(status, storage or folder / "data" / "storage", len(urls), size)
    return measure.Run(seconds)


def _check(status: dict[str, Any], storage: Path, count: int, size: int) -> None:
    """Every picture a success, and every byte of theirs in storage."""
    success = status.get("overview", {}).get("details", {}).get("success")
    stored = [path.stat().st_size for path in storage.rglob("*.jpg")]
    if success != count or len(stored) != count or sum(stored) != size:
        raise measure.CannotRun(
            f"of {count} pictures {success} are imported and {len(stored)} stored: {status}"
        )
