"""What a person sees of a running import: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import rich.console
import rich.progress
from rich import filesize

from wirephoto.cli.import_ import tally

_LINE_SECONDS = 5.0


class Display(Protocol):
    """Told after each change."""

    def show(self, seen: tally.Tally) -> None: ...


class Silent:
    def show(self, seen: tally.Tally) -> None:
        """Say nothing."""


class Lines:
    """A line now and then on standard error."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    def show(self, seen: tally.Tally) -> None:
        now = time.monotonic()
        if now - self._last < _LINE_SECONDS:
            return
        self._last = now
        rate = seen.done_now / (now - self._begun)
        total = f" of {seen.total:,}" if seen.total is not None else ""
        counts = f"{seen.sent:,}{total} sent, {seen.done:,} done, {seen.failed:,} failed"
        sys.stderr.write(f"{counts}, {rate:,.0f}/s{_bytes(seen)}\n")


class Bars:
    """A bar of what is done, with what is sent, failed, the rate and the time left."""

    def __init__(self, name: str, progress: rich.progress.Progress) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None, sent=0, failed=0, bytes="")

    def show(self, seen: tally.Tally) -> None:
        self._progress.update(
            self._task,
            completed=seen.done,
            total=seen.total,
            sent=seen.sent,
            failed=seen.failed,
            bytes=_bytes(seen),
        )


@contextmanager
def opened(name: str, *, quiet: bool) -> Iterator[Display]:
    """The display that fits where standard error goes."""
    console = rich.console.Console(stderr=True)
    if quiet:
        yield Silent()
    elif not console.is_terminal:
        yield Lines()
    else:
        with rich.progress.Progress(*_columns(), console=console) as progress:
            yield Bars(name, progress)


def _columns() -> list[rich.progress.ProgressColumn]:
    column = rich.progress.TextColumn
    return [
        column("{task.description}", markup=False),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        column("sent {task.fields[sent]}{task.fields[bytes]}"),
        column("failed {task.fields[failed]}"),
        _Rate(),
        rich.progress.TimeRemainingColumn(),
    ]


def _bytes(seen: tally.Tally) -> str:
    """How far local pictures are."""
    if not seen.read_bytes:
        return ""
    total = f" of {filesize.decimal(seen.total_bytes)}" if seen.total is not None else ""
    return f", {filesize.decimal(seen.read_bytes)}{total}"


class _Rate(rich.progress.ProgressColumn):
    def render(self, task: rich.progress.Task) -> str:
        return f"{task.speed or 0:,.0f}/s"
