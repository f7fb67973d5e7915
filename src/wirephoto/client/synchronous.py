"""The client that waits for each answer."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from wirephoto.client import batches, errors, folders, jobs, library, transport, uploads, wire

T = TypeVar("T")


class Client:
    """A wirephoto server, asked with a token.

    Args:
        server: its address, as ``https://pictures.example``.
        token: of scope ``public-api:write`` to import, ``public-api:read`` for the library.
        patience: seconds to go on trying while the server is away.
    """

    def __init__(
        self, server: str, token: str, *, patience: float = transport.PATIENCE_SECONDS
    ) -> None:
        self._http = transport.opened(server, token)
        self._patience = patience

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def post(
        self,
        images: Sequence[batches.Image],
        *,
        system_name: str,
        update: str | None = None,
        webhook: str | None = None,
        context: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> "Job":
        """Import one batch.

        ``key`` is its idempotency key: a second post with the same key is the same job for 24
        hours, also after this program was killed. Absent: one is made for this call.

        Raises:
            Refused: the batch is wrong; nothing of it was taken.
            ServerAway: see ``patience``.
        """
        order = jobs.Order(system_name, update, webhook, context)
        return Job(self, self._run(jobs.post(order, images, key, self._patience)))

    def import_images(
        self,
        images: Iterable[batches.Image],
        *,
        system_name: str,
        update: str | None = None,
        batch_size: int = batches.MOST_IMAGES,
    ) -> Iterator["batches.Batch[Job]"]:
        """Import any number of images, a batch at a time; memory does not grow with them.

        An image that the server refuses (a URL that is none) is told in ``refused`` of its batch,
        the others go on. The next batch is sent when it is asked for.
        """
        for batch in batches.split(images, batch_size):
            yield self.post_what_fits(batch, system_name=system_name, update=update)

    def post_what_fits(
        self,
        images: Sequence[batches.Image],
        *,
        system_name: str,
        update: str | None = None,
        key: str | None = None,
    ) -> "batches.Batch[Job]":
        """As ``post``, but an image that the server refuses does not hold up the others."""
        order = jobs.Order(system_name, update)
        made, refused = self._run(jobs.post_what_fits(order, images, key, self._patience))
        return batches.Batch(images, Job(self, made) if made else None, refused)

    def upload(self, path: Path | str) -> str:
        """Send a local picture; what is then named as the ``url`` of an ``Image``.

        The URL is made of the bytes: sending them again is harmless, and what the server has
        already is not sent. It can be imported for a day, by default of the server.

        Raises:
            NotSent: it cannot be read, is empty or too large, or has changed while it was sent.
        """
        (sent,) = self.upload_what_fits([Path(path)])
        if sent.problem:
            raise errors.NotSent(f"{path}: {sent.problem}")
        return sent.url

    def upload_what_fits(self, paths: Sequence[Path]) -> list[uploads.Sent]:
        """As ``upload`` for each, but one that cannot be sent does not hold up the others."""
        told = self._run(uploads.announce([uploads.read(one) for one in paths], self._patience))
        return [self._put(one) if isinstance(one, uploads.Wanted) else one for one in told]

    def _put(self, one: uploads.Wanted) -> uploads.Sent:
        try:
            return self._run(uploads.put(one, self._patience))
        except errors.NotSent as fault:
            return uploads.Sent(problem=str(fault))
        except OSError as fault:
            return uploads.unread(fault)

    def import_folder(
        self,
        folder: Path | str,
        *,
        system_name: str,
        update: str | None = None,
        links: bool = False,
        left_out: folders.LeftOut | None = None,
    ) -> Iterator["batches.Batch[Job]"]:
        """Send and import the pictures of a folder and those below, a batch at a time.

        The id of each is its path below ``folder``, its title the name of the file. One that cannot
        be sent is told in ``refused`` of its batch. ``left_out`` learns what is not taken for a
        picture; ``links``: they are followed.
        """
        found = folders.pictures(Path(folder), left_out or folders.LeftOut(), links=links)
        while pictures := list(itertools.islice(found, uploads.MOST)):
            sent = self.upload_what_fits([one.path for one in pictures])
            order = jobs.Order(system_name, update)
            made, refused = self._run(jobs.post_sent(order, pictures, sent, self._patience))
            images = uploads.images(pictures, sent)
            yield batches.Batch(images, Job(self, made) if made else None, refused)

    def forecast(
        self, images: Sequence[batches.Image], *, system_name: str, update: str | None = None
    ) -> jobs.Forecast:
        """What the batch would become; nothing is stored, nothing fetched."""
        return self._run(jobs.forecast(jobs.Order(system_name, update), images, self._patience))

    def forecast_what_fits(
        self, images: Sequence[batches.Image], *, system_name: str, update: str | None = None
    ) -> tuple[jobs.Forecast | None, Mapping[int, str]]:
        """As ``forecast``, with the images that the server refuses apart, by their place."""
        order = jobs.Order(system_name, update)
        return self._run(jobs.forecast_what_fits(order, images, self._patience))

    def job(self, id: str) -> "Job":  # noqa: A002 - its name on the wire
        """A job by its id; nothing is asked yet."""
        return Job(self, id)

    def jobs(self, *, system_name: str | None = None, state: str | None = None) -> Iterator["Job"]:
        """All jobs of the project, the newest first."""
        query = {"systemName": system_name, "state": state}
        asked = {name: value for name, value in query.items() if value is not None}
        while True:
            page, following = self._run(jobs.listed(asked, self._patience))
            for one in page:
                yield Job(self, one.id, one)
            if not following:
                return
            asked["before"] = following

    def search(
        self, query: library.Query | str = "", *, page_size: int = library.MOST_ENTRIES
    ) -> Iterator[library.Entry]:
        """Entries of the library that fit, the newest first; read a page at a time.

        A text searches for its words; ``Query`` asks for more. All there are without either.
        """
        if isinstance(query, str):
            query = library.Query(search=query or None)
        asked = query.parameters() | {"limit": str(page_size)}
        while True:
            found, following = self._run(library.page(asked, self._patience))
            yield from found
            if not following:
                return
            asked["after"] = following

    def entry(self, id: str) -> library.Entry:  # noqa: A002 - its name on the wire
        """One entry by its id, ``media_id`` of a row.

        Raises:
            Refused: with status 404 when there is none.
        """
        return self._run(library.entry(id, self._patience))

    def entries(self, ids: Iterable[str]) -> Iterator[library.Entry]:
        """Entries by their ids, in this order; those that are not there are left out."""
        for asked in library.by_ids(ids):
            found, _ = self._run(library.page(asked, self._patience))
            yield from found

    def find(self, *, system_name: str, id: str) -> library.Entry | None:  # noqa: A002 - as above
        """The entry of a picture by the caller's own ``id``, as it was imported; None without."""
        asked = library.of_pair(system_name, id)
        found, _ = self._run(library.page(asked, self._patience))
        return found[0] if found else None

    def _run(self, flow: wire.Flow[T]) -> T:
        came: wire.Answer | wire.NoAnswer | None = None
        while True:
            try:
                step = flow.send(came)
            except StopIteration as done:
                result: T = done.value
                return result
            came = self._step(step)

    def _step(self, step: wire.Ask | wire.Wait) -> wire.Answer | wire.NoAnswer | None:
        if isinstance(step, wire.Ask):
            return self._send(step)
        time.sleep(step.seconds)
        return None

    def _send(self, ask: wire.Ask) -> wire.Answer | wire.NoAnswer:
        try:
            return transport.answer(self._http.send(transport.request(self._http, ask)))
        except httpx.TransportError as fault:
            return transport.no_answer(fault)


class Job:
    """One import; ``seen`` is the last look at it."""

    def __init__(self, client: Client, id: str, seen: jobs.Progress | None = None) -> None:  # noqa: A002 - its name on the wire
        self._client = client
        self.id = id
        self.seen = seen

    def progress(self) -> jobs.Progress:
        """The job as it is now."""
        self.seen = self._run(jobs.progress(self.id, self._patience))
        return self.seen

    def wait(self, progress: Callable[[jobs.Progress], None] | None = None) -> jobs.Progress:
        """Wait until the job is done, however long that takes; ``progress`` is told each look.

        Raises:
            JobBroken: it ended by a fault of the server.
        """
        pause = transport.POLL_SECONDS
        while True:
            seen = self.progress()
            if progress is not None:
                progress(seen)
            if seen.finished:
                return jobs.ended(seen)
            time.sleep(pause)
            pause = transport.longer(pause)

    def rows(self, state: str | None = None) -> Iterator[jobs.Row]:
        """What became of each image, in the order posted; nothing while the job runs."""
        offset = 0
        while page := self._run(jobs.rows(self.id, state, offset, self._patience)):
            yield from page
            offset += len(page)

    def cancel(self) -> jobs.Progress:
        """End it; what is done stays."""
        self.seen = self._run(jobs.cancel(self.id, self._patience))
        return self.seen

    def retry(self, codes: Sequence[str] = ()) -> "Job":
        """A new job of what failed, or of what failed with these codes.

        Raises:
            Refused: with status 422 when nothing did.
        """
        return Job(self._client, self._run(jobs.retry(self.id, codes, self._patience)))

    @property
    def _run(self) -> Callable[[wire.Flow[T]], T]:
        return self._client._run  # noqa: SLF001 - the two are one

    @property
    def _patience(self) -> float:
        return self._client._patience  # noqa: SLF001 - the two are one
