"""Folders and pictures of this machine: each file becomes a row, and is sent before it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wirephoto import client, errors
from wirephoto.cli.import_ import (
    counting,
    display,
    forecast,
    memory,
    report,
    run,
    state,
    tally,
)
from wirephoto.cli.import_.given import Given
from wirephoto.client import folders, uploads
from wirephoto.client.manifest import columns, reading

NOT_SENT = "not_sent"  # a file that cannot be read, or that the server does not take


@dataclass(frozen=True, slots=True)
class File(columns.Entry):
    """A file as a row."""

    picture: folders.Picture | None = None

    @property
    def shown(self) -> str:
        return str(self.cells["id"])

    @property
    def key(self) -> str:
        """What is remembered of it: one that changes is another."""
        one = self.picture
        return f"{one.size} {one.changed_ns} {one.id}" if one else ""


def is_local(name: str) -> bool:
    """Whether a name is a folder or a picture, rather than a manifest."""
    path = Path(name)
    return name != reading.STANDARD_INPUT and (path.is_dir() or folders.is_picture(path.name))


def rows(given: Given, name: str, left_out: folders.LeftOut) -> Iterator[File]:
    """The files of a folder or the one file; what cannot be read comes last, as rows that say so.

    Raises:
        errors.OperatorError: the folder itself cannot be read.
    """
    number = 0
    for number, picture in enumerate(_pictures(name, left_out, links=given.links), 1):
        yield _file(given, number, picture)
    for lost, (id_, why) in enumerate(sorted(left_out.unreadable.items()), number + 1):
        cells = {"url": str(Path(name) / id_), "id": id_}
        yield File(lost, cells, None, f"cannot be read: {why}", NOT_SENT)


def _pictures(name: str, left_out: folders.LeftOut, *, links: bool) -> Iterator[folders.Picture]:
    path = Path(name)
    try:
        if path.is_dir():
            yield from folders.pictures(path, left_out, links=links)
        else:
            yield folders.one(path)
    except OSError as fault:
        raise errors.OperatorError(f"{name}: {fault.strerror or fault}") from None


def _file(given: Given, number: int, picture: folders.Picture) -> File:
    cells = {"url": str(picture.path), "id": picture.id, "fileName": picture.path.name}
    image = client.Image("", picture.id, picture.path.name, media_type=given.order.media_type)
    return File(number, cells, image, picture=picture)


@dataclass(slots=True)
class Known:
    """Files that an earlier run has brought; only the reader of a folder adds to it."""

    files: int = 0
    size: int = 0


class Sending(run.Work):
    """Files of a batch are sent before it is, and remembered once they are in the library.

    ``growing``: a file that changes while it is sent is left for the next look at the folder.
    """

    def __init__(
        self,
        server: client.AsyncClient,
        kept: memory.Memory,
        seen: tally.Tally,
        shown: display.Display,
        *,
        growing: bool = False,
    ) -> None:
        self.known = Known()
        self._counted = Known()
        self._server = server
        self._kept = kept
        self._seen = seen
        self._shown = shown
        self._growing = growing

    async def prepare(self, batch: Sequence[columns.Entry]) -> Sequence[columns.Entry]:
        files = [one for one in batch if isinstance(one, File) and one.picture is not None]
        paths = [one.picture.path for one in files if one.picture is not None]
        told = await self._server.upload_what_fits(paths, self._note)
        sent = {id(file): _sent(file, one) for file, one in zip(files, told, strict=True)}
        self.catch_up()
        made = [sent.get(id(one), one) for one in batch]
        return [one for one in made if not self._comes_again(one)]

    def catch_up(self) -> None:
        """Count what an earlier run has brought, as far as the reader of the folder has come."""
        new, size = self.known.files - self._counted.files, self.known.size - self._counted.size
        self._counted = Known(self.known.files, self.known.size)
        self._seen.sent += new
        self._seen.skipped += new
        self._seen.read_bytes += size

    def _note(self, sent: client.Sent) -> None:
        self._seen.read_bytes += sent.size
        self._seen.sent_bytes += sent.bytes
        self._shown.show(self._seen)

    def _comes_again(self, one: columns.Entry) -> bool:
        if not self._growing or one.image is not None or not isinstance(one, File):
            return False
        return one.picture is not None and _has_changed(one.picture)

    def ended(self, batch: Sequence[columns.Entry], failures: Sequence[report.Failure]) -> None:
        failed = {id(one.entry) for one in failures}
        done = [one for one in batch if id(one) not in failed]
        self._kept.add(one.key for one in done if isinstance(one, File) and one.key)


def _sent(file: File, told: client.Sent) -> File:
    if told.problem or file.image is None:
        return replace(file, image=None, problem=told.problem, code=NOT_SENT)
    return replace(file, image=replace(file.image, url=told.url))


def _has_changed(picture: folders.Picture) -> bool:
    try:
        found = picture.path.stat()
    except OSError:
        return True
    return (found.st_size, found.st_mtime_ns) != (picture.size, picture.changed_ns)


def bring(given: Given, names: Sequence[str]) -> tally.Tally:
    """Import them, one after the other; what is remembered goes when all are done.

    Raises:
        errors.OperatorError: a folder, what is remembered or the report cannot be used.
        client.ClientError: the server is away, or refuses.
    """
    kept = [remembered(given, name) for name in names]
    seen = tally.Tally()
    size = 0
    for name, one in zip(names, kept, strict=True):
        written = report.Report(given.report, (), size)
        asyncio.run(_bring(given, name, one, written, seen))
        size = written.size
    for one in kept:
        one.remove()
    return seen


def remembered(given: Given, name: str) -> memory.Memory:
    if not given.keep_state:
        return memory.Memory()
    order = given.order
    identity = memory.Identity(given.connection.server, order.system_name, order.update)
    return memory.opened(Path(name), identity, restart=given.restart)


async def _bring(
    given: Given, name: str, kept: memory.Memory, written: report.Report, seen: tally.Tally
) -> None:
    left_out = folders.LeftOut()
    sizes = (one.size for one in _pictures(name, folders.LeftOut(), links=given.links))
    with display.opened(name, quiet=given.quiet) as shown, counting.counted(sizes, seen):
        async with given.connection.opened_async() as server:
            work = Sending(server, kept, seen, shown)
            new = _not_done(rows(given, name, left_out), kept, work.known)
            take = run.by_size(new, min(given.order.batch, uploads.MOST))
            await run.Run(
                given.order, server, state.new(), written, shown, seen, take, work
            ).bring()
            work.catch_up()
        seen.total = seen.sent
        shown.show(seen)
    seen.left_out += left_out.counts


def _not_done(files: Iterator[File], kept: memory.Memory, known: Known) -> Iterator[File]:
    for one in files:
        if one.key and one.key in kept.done:
            known.files += 1
            known.size += one.picture.size if one.picture else 0
        else:
            yield one


def foresee(given: Given, names: Sequence[str]) -> forecast.Foreseen:
    """What they would become: they are read, and not sent. Raises as ``bring``."""
    found = forecast.Foreseen()
    size = 0
    with given.connection.opened() as server:
        for name in names:
            left_out = folders.LeftOut()
            written = report.Report(given.report, (), size)
            read = map(_as_if_sent, rows(given, name, left_out))
            forecast.add(found, given.order, server, read, written)
            found.left_out += left_out.counts
            size = written.size
    return found


def _as_if_sent(file: File) -> File:
    if file.picture is None:
        return file
    read = uploads.read(file.picture.path)
    if isinstance(read, client.Sent):
        return _sent(file, read)
    return _sent(file, client.Sent(uploads.name(read)))
