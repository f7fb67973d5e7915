"""What a person sees of a backup or a restore: bars on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import rich.console
import rich.progress
from rich import filesize

from wirephoto.backup import progress

_LINE_SECONDS = 30.0  # a night's run by cron is told in some lines, not in thousands
_BAR_SECONDS = 0.1
_WORDS: dict[progress.Stage, str] = {
    "database": "database",
    "pictures": "pictures",
    "disk": "all of it onto the disk",
}


class _Pace:
    """What came since a stage began, by the second."""

    def __init__(self) -> None:
        self._stage: progress.Stage | None = None
        self._begun = 0.0

    def seconds(self, seen: progress.Progress) -> float:
        """Of the stage until now."""
        now = time.monotonic()
        if seen.stage != self._stage:
            self._stage, self._begun = seen.stage, now
        return now - self._begun


class _Lines:
    """A line at the begin of each stage and now and then, on standard error."""

    def __init__(self) -> None:
        self._pace = _Pace()
        self._stage: progress.Stage | None = None
        self._last = 0.0

    def show(self, seen: progress.Progress) -> None:
        now = time.monotonic()
        seconds = self._pace.seconds(seen)
        if seen.stage == self._stage and now - self._last < _LINE_SECONDS:
            return
        self._stage, self._last = seen.stage, now
        sys.stderr.write(f"{_WORDS[seen.stage]}{_detail(seen, seconds)}\n")
        sys.stderr.flush()


class _Bars:
    """A bar a stage; that of the pictures knows how many there are."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._bars = bars
        self._pace = _Pace()
        self._tasks: dict[progress.Stage, rich.progress.TaskID] = {}
        self._last = 0.0

    def show(self, seen: progress.Progress) -> None:
        now = time.monotonic()
        seconds = self._pace.seconds(seen)
        if seen.stage in self._tasks and now - self._last < _BAR_SECONDS:
            return
        self._last = now
        if seen.stage not in self._tasks:
            self._begin(seen)
        self._bars.update(
            self._tasks[seen.stage],
            completed=seen.pictures if seen.stage == "pictures" else None,
            total=seen.total if seen.stage == "pictures" else None,
            detail=_detail(seen, seconds).removeprefix(": "),
        )

    def _begin(self, seen: progress.Progress) -> None:
        """The stages before it are over."""
        for task in self._tasks.values():
            self._bars.update(task, total=1, completed=1)
        self._tasks[seen.stage] = self._bars.add_task(_WORDS[seen.stage], total=None, detail="")


@contextlib.contextmanager
def opened(*, quiet: bool) -> Iterator[Callable[[progress.Progress], None]]:
    """What is to be called with the progress: the display that fits where standard error goes."""
    console = rich.console.Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif not console.is_terminal:
        yield _Lines().show
    else:
        with rich.progress.Progress(*_columns(), console=console) as bars:
            yield _Bars(bars).show


def _columns() -> list[rich.progress.ProgressColumn]:
    column = rich.progress.TextColumn
    return [
        column("{task.description}", markup=False),
        rich.progress.BarColumn(bar_width=20),
        column("{task.fields[detail]}", markup=False),
        rich.progress.TimeElapsedColumn(),
    ]


def _detail(seen: progress.Progress, seconds: float) -> str:
    if seen.stage == "database":
        return f": {filesize.decimal(seen.dump_bytes)}"
    if seen.stage == "disk":
        return ""
    total = f" of {seen.total:,}" if seen.total is not None else ""
    sizes = f" of {filesize.decimal(seen.total_bytes)}" if seen.total_bytes is not None else ""
    rate = int(seen.copied_bytes / seconds) if seconds > 0 else 0
    return (
        f": {seen.pictures:,}{total}, {filesize.decimal(seen.picture_bytes)}{sizes}, "
        f"{seen.copied:,} copied, {filesize.decimal(rate)}/s{_left(seen, seconds)}"
    )


def _left(seen: progress.Progress, seconds: float) -> str:
    """By the pictures: what is there already goes faster than what is copied."""
    if not seen.total or not seen.pictures or seconds < 1:
        return ""
    left = max(0, seen.total - seen.pictures) * seconds / seen.pictures
    return f", {left / 60:,.0f} min left" if left >= 60 else f", {left:,.0f} s left"  # noqa: PLR2004 - seconds
