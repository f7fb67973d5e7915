"""``wirephoto import --watch``: what comes into a folder or a manifest is imported as it comes.

By looking again and again, which works on every file system. A file is taken once its size and its
time of change have stayed the same for a moment, by our own clock: until then somebody may still be
writing it. One that changes later is another, and comes again.
"""

import asyncio
import contextlib
import hashlib
import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wirephoto import errors
from wirephoto.cli import signals
from wirephoto.cli.import_ import display, local, memory, report, run, state, tally
from wirephoto.cli.import_.given import Given
from wirephoto.client import folders, uploads
from wirephoto.client.manifest import columns, reading

SETTLED_SECONDS = 2.0
_LINE_SECONDS = 20.0  # that a last line without its end is waited for
_PAUSE_SECONDS = 0.5
_PAUSE_LOOKS = 5.0  # a look that takes long is followed by a pause that is longer
_END_SECONDS = 10.0  # for what is on its way when we are to stop

Look = Callable[[], Iterator[tuple[str, columns.Entry]]]
"""What is there and settled now, each with the key that it is remembered by."""


class Growing:
    """Hands out what a look has found and no look before; ``take`` waits in a thread."""

    def __init__(self, look: Look, kept: memory.Memory, most: int) -> None:
        self._look = look
        self._kept = kept
        self._most = most
        self._given: set[str] = set()
        self._ready: deque[columns.Entry] = deque()
        self._over = threading.Event()

    def take(self) -> list[columns.Entry]:
        """Some that are new, as soon as there are any; nothing once ``end`` was called."""
        while not self._over.is_set():
            if self._ready:
                count = min(self._most, len(self._ready))
                return [self._ready.popleft() for _ in range(count)]
            begun = time.monotonic()
            self._gather()
            if not self._ready:
                looked = time.monotonic() - begun
                self._over.wait(max(_PAUSE_SECONDS, _PAUSE_LOOKS * looked))
        return []

    def _gather(self) -> None:
        self._given = {key for key in self._given if key not in self._kept.done}
        for key, entry in self._look():
            if key not in self._given and key not in self._kept.done:
                self._given.add(key)
                self._ready.append(entry)

    def end(self) -> None:
        self._over.set()


class Settling:
    """Which states of files have lasted; asked at each look for each file that is there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}

    def lasted(self, name: str, now: object) -> float:
        """Seconds since a file was first seen as it is now."""
        before, since = self._seen.get(name, (None, 0.0))
        if before != now:
            since = self._clock()
            self._seen[name] = (now, since)
        return self._clock() - since


def folder(given: Given, name: str, seen: tally.Tally) -> Look:
    """Files of a folder that nobody writes any more."""
    settling = Settling()

    def look() -> Iterator[tuple[str, columns.Entry]]:
        left_out = folders.LeftOut()
        for one in local.rows(given, name, left_out):
            if one.picture is None:
                yield f"unreadable {one.shown}", one
            elif settling.lasted(one.shown, one.key) >= SETTLED_SECONDS:
                yield one.key, one
        seen.left_out = left_out.counts

    return look


def manifest(given: Given, name: str) -> Look:
    """Rows of a manifest, read as a whole whenever it has changed and then rested."""
    settling = Settling()
    read_at: list[tuple[object, bool]] = []

    def look() -> Iterator[tuple[str, columns.Entry]]:
        path = Path(name)
        try:
            found = path.stat()
        except OSError:
            return  # being replaced
        now = (found.st_size, found.st_mtime_ns, found.st_ino)
        lasted = settling.lasted(name, now)
        is_whole = lasted >= _LINE_SECONDS or _ends(path)
        if lasted < SETTLED_SECONDS or read_at == [(now, is_whole)]:
            return
        with contextlib.suppress(reading.Unreadable):  # half of a document; it will change again
            rows = _rows(given, name)
            yield from rows if is_whole else rows[:-1]
        read_at[:] = [(now, is_whole)]

    return look


def _rows(given: Given, name: str) -> list[tuple[str, columns.Entry]]:
    with given.reading.opened(name) as opened:
        return [(_key(one), one) for one in opened.rows]


def _key(one: columns.Entry) -> str:
    text = json.dumps(dict(one.cells), sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _ends(path: Path) -> bool:
    """Whether the last line of a text is whole; of other kinds nobody can say."""
    if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".jsonl", ".ndjson"}:
        return True
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 4))
        return file.read().rstrip(b"\0").endswith(b"\n") or size == 0


class _Rows(run.Work):
    """Rows that are in the library are remembered."""

    def __init__(self, kept: memory.Memory) -> None:
        self._kept = kept

    def ended(self, batch: Sequence[columns.Entry], failures: Sequence[report.Failure]) -> None:
        failed = {id(one.entry) for one in failures}
        self._kept.add(_key(one) for one in batch if id(one) not in failed)


class _Forgetful(state.State):
    """Batches are not remembered: a watch has no end."""

    def add_sent(self, batch: int, sent: state.Sent) -> None:
        """As it says."""

    def add_done(self, batch: int, done: state.Done) -> None:
        """As it says."""


def watch(given: Given, name: str) -> tally.Tally:
    """Import what is there and what comes, until SIGINT or SIGTERM.

    While the server is away it waits, however long that takes.

    Raises:
        errors.OperatorError: it cannot be watched, or what is remembered cannot be used.
        client.ClientError: the server refuses.
        reading.Unreadable: a manifest is no manifest.
    """
    if name == reading.STANDARD_INPUT:
        raise errors.OperatorError("--watch: standard input cannot be watched")
    seen = tally.Tally()
    names = _names(given, name)
    kept = local.remembered(given, name)
    asyncio.run(_watch(given, name, kept, report.Report(given.report, names, 0), seen))
    return seen


def _names(given: Given, name: str) -> list[str]:
    """Columns for the report; raises where it cannot be read."""
    if local.is_local(name):
        return []
    if given.report is not None:
        report.fits(given.report, name)
    with given.reading.opened(name) as opened:
        return opened.names


async def _watch(
    given: Given, name: str, kept: memory.Memory, written: report.Report, seen: tally.Tally
) -> None:
    stop = asyncio.Event()
    signals.set_on_end(stop)
    with display.opened(name, quiet=given.quiet) as shown:
        async with given.connection.opened_async(patience=math.inf) as server:
            if local.is_local(name):
                work: run.Work = local.Sending(server, kept, seen, shown, growing=True)
                most = min(given.order.batch, uploads.MOST)
                growing = Growing(folder(given, name, seen), kept, most)
            else:
                work = _Rows(kept)
                growing = Growing(manifest(given, name), kept, given.order.batch)
            run_id = _Forgetful(state.new().run)
            going = run.Run(given.order, server, run_id, written, shown, seen, growing.take, work)
            await _until(stop, going, growing)


async def _until(stop: asyncio.Event, going: run.Run, growing: Growing) -> None:
    """What is on its way has a moment to end; the server goes on with it in any case."""
    bringing = asyncio.create_task(going.bring())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({bringing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        growing.end()
        await asyncio.wait({bringing}, timeout=_END_SECONDS)
        if bringing.done():
            bringing.result()
    finally:
        growing.end()
        for task in (bringing, stopping):
            task.cancel()
        await asyncio.gather(bringing, stopping, return_exceptions=True)
