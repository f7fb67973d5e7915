"""The import of one manifest: batches side by side, each sent, waited for and written down."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from wirephoto import client
from wirephoto.cli.import_ import display, report, state, tally
from wirephoto.client.manifest import columns

REFUSED = "refused"  # an image that the server would not take into a batch
_SIDE_BY_SIDE = 4  # batches


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for with every batch."""

    system_name: str
    update: str | None
    batch: int  # rows
    media_type: str | None = None  # of local pictures; rows have their own


Take = Callable[[], list[columns.Entry]]
"""The next batch, however long it takes, in a thread; an empty one is the end."""


def by_size(entries: Iterator[columns.Entry], most: int) -> Take:
    return lambda: list(itertools.islice(entries, most))


class Work:
    """What is done with a batch beside sending it; with rows of a manifest nothing."""

    async def prepare(self, batch: Sequence[columns.Entry]) -> Sequence[columns.Entry]:
        """Before it is sent: what is to be sent for it."""
        return batch

    def ended(self, batch: Sequence[columns.Entry], failures: Sequence[report.Failure]) -> None:
        """It is done, and written down."""


@dataclass(slots=True)
class Run:
    """One manifest on its way, or one folder."""

    order: Order
    server: client.AsyncClient
    kept: state.State
    written: report.Report
    shown: display.Display
    seen: tally.Tally
    take: Take
    work: Work = field(default_factory=Work)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIDE_BY_SIDE))

    async def bring(self) -> None:
        """All of it.

        Raises:
            client.ClientError: the server is away, or refuses more than single images.
            reading.Unreadable: the manifest ends in the middle of something.
        """
        try:
            async with asyncio.TaskGroup() as group:
                async for number, batch in self._batches():
                    await self.slots.acquire()
                    group.create_task(self._batch(number, batch))
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from None

    async def _batches(self) -> AsyncIterator[tuple[int, list[columns.Entry]]]:
        """Batches that are not done yet; read beside the loop."""
        for number in itertools.count():
            batch = await asyncio.to_thread(self.take)
            if not batch:
                return
            done = self.kept.done.get(number)
            if done is None:
                yield number, batch
            else:
                self.seen.sent += len(batch)
                self.seen.add(done.counters, done.causes)

    async def _batch(self, number: int, given: Sequence[columns.Entry]) -> None:
        try:
            batch = await self.work.prepare(given)
            failures, unsent = await self._failures(number, batch)
            counters = self.seen.running.pop(number, client.Counters(0))
            self._write_down(number, _with(counters, unsent), failures)
            self.work.ended(batch, failures)
        finally:
            self.slots.release()

    async def _failures(
        self, number: int, batch: Sequence[columns.Entry]
    ) -> tuple[list[report.Failure], int]:
        """Send it, wait for it, and see what failed, in the manifest's order.

        The number is of those that never were in a job.
        """
        good = [one for one in batch if one.image is not None]
        sent = await self._send(number, good)
        self.seen.sent += len(batch)
        failed = {
            id(one): report.Failure(one, one.code, one.problem) for one in batch if not one.image
        }
        for place, why in sent.refused.items():
            failed[id(good[place])] = report.Failure(good[place], REFUSED, why)
        unsent = len(failed)
        if sent.job is not None:
            taken = [one for place, one in enumerate(good) if place not in sent.refused]
            for failure in await self._follow(number, sent.job, taken):
                failed[id(failure.entry)] = failure
        return [failed[id(one)] for one in batch if id(one) in failed], unsent

    async def _send(self, number: int, good: Sequence[columns.Entry]) -> state.Sent:
        """The batch's job: the one that an earlier run made, or a new one."""
        known = self.kept.sent.get(number)
        if known is None:
            known = await self._post(number, good)
            self.kept.add_sent(number, known)
        if known.job is not None:
            self.seen.jobs.append(known.job)
        return known

    async def _post(self, number: int, good: Sequence[columns.Entry]) -> state.Sent:
        images = [one.image for one in good if one.image is not None]
        if not images:
            return state.Sent(None, {})
        made = await self.server.post_what_fits(
            images,
            system_name=self.order.system_name,
            update=self.order.update,
            key=f"{self.kept.run}-{number}",
        )
        return state.Sent(made.job.id if made.job is not None else None, made.refused)

    async def _follow(
        self, number: int, job: str, taken: Sequence[columns.Entry]
    ) -> list[report.Failure]:
        followed = self.server.job(job)

        def look(progress: client.Progress) -> None:
            before = self.seen.running.get(number, client.Counters(0))
            self.seen.done_now += progress.counters.done - before.done
            self.seen.running[number] = progress.counters
            self.shown.show(self.seen)

        ended = await followed.wait(look)
        if ended.counters.success + ended.counters.skipped == len(taken):
            return []
        rows = followed.rows()
        return [
            report.Failure(taken[at], row.code or row.state, row.reason)
            async for at, row in _numbered(rows)
            if row.state not in {"success", "skipped"}
        ]

    def _write_down(
        self, number: int, counters: client.Counters, failures: Sequence[report.Failure]
    ) -> None:
        """The report first: what the state calls done is in it."""
        self.written.add(failures)
        causes = tally.causes(failures)
        self.kept.add_done(number, state.Done(counters, causes, self.written.size))
        self.seen.add(counters, causes)
        self.shown.show(self.seen)


async def _numbered(
    rows: AsyncIterator[client.Row],
) -> AsyncIterator[tuple[int, client.Row]]:
    number = 0
    async for row in rows:
        yield number, row
        number += 1


def _with(counters: client.Counters, unsent: int) -> client.Counters:
    """Counters of a job, and of the rows that never were in it."""
    return client.Counters(
        counters.total + unsent,
        counters.success,
        counters.skipped,
        counters.failed + unsent,
        counters.cancelled,
    )
