"""Fetch and inspect a chunk's images, side by side, within the pace of their origins."""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from wirephoto import errors, model, tracing
from wirephoto.db import chunks, origins, pool
from wirephoto.metrics import families
from wirephoto.net import urls
from wirephoto.pipeline import uploaded
from wirephoto.pipeline.fetch import pace, passage
from wirephoto.pipeline.steps import attempt, described, gather, judge, known, means, outcomes, take
from wirephoto.project import media_types

STOP_SECONDS = 8.0  # that pictures in flight get when the worker is to stop
_CHUNK_SECONDS = 15.0  # after that a chunk begins no picture: others wait for its slot
_UPLOADS_AT_ONCE = 8  # of a chunk
_PATIENCE_SECONDS = 3.0  # with an origin that we have no part of; it comes within one, or not soon

log = structlog.get_logger(__name__)
_RNG = random.SystemRandom()


async def parts(
    work: outcomes.Work, via: means.Origins, stopping: asyncio.Event
) -> AsyncGenerator[outcomes.Arrived, None]:
    """Every image of the chunk with an outcome; those not begun when we stop come back at once.

    A part is its caller's to commit before the next is asked for; meanwhile pictures go on
    arriving, as far as the worker's bound lets them.
    """
    gathering = gather.Gathering(work.images, via.bound)
    going = asyncio.create_task(_Trip(work, via, stopping, gathering).go())
    going.add_done_callback(lambda _: gathering.end())
    is_last = False
    try:
        with via.bound.gathering(gathering):
            while not is_last:
                arrived = await gathering.part()
                is_last = arrived.is_last
                with via.bound.committing(arrived.asked):
                    if is_last:
                        await _in_order(going, arrived)
                    yield arrived
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        if not is_last:
            await _give_up(gathering, via)


async def _in_order(going: asyncio.Task[None], arrived: outcomes.Arrived) -> None:
    """Whether all went well; what came before it went wrong is not wanted."""
    try:
        await going
    except BaseException:
        await discard(arrived)
        raise


async def _give_up(gathering: gather.Gathering, via: means.Origins) -> None:
    arrived = await gathering.part()
    with via.bound.committing(arrived.asked):
        await discard(arrived)


async def discard(arrived: outcomes.Arrived) -> None:
    """Remove the temporary files that are still there."""
    paths = [
        brought.inspected.body.path
        for brought in arrived.brought
        if brought.inspected and brought.inspected.body.path
    ]
    if paths:
        await asyncio.to_thread(_remove, paths)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


class _Trip:
    """One chunk's way out and back."""

    def __init__(
        self,
        work: outcomes.Work,
        via: means.Origins,
        stopping: asyncio.Event,
        gathering: gather.Gathering,
    ) -> None:
        self._work = work
        self._via = via
        self._stopping = stopping
        self._gathering = gathering
        self._limits = means.narrowed(via.limits, work)
        self._judge = judge.Judge(work.chunk, self._limits, gathering, via.pace.probe_seconds)
        self._turn = via.pace.turn(first=work.chunk.number == 0)
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + _CHUNK_SECONDS
        self._tallies: dict[str, pace.Tally] = {}
        self._sent: deque[outcomes.Wanted] = deque()  # pictures that need no origin

    async def go(self) -> None:
        by_origin = self._sort()
        if by_origin:
            async with self._via.pace.leased(by_origin, self._turn) as leases:
                await self._run(by_origin, leases)
                await self._via.pace.note(self._tallies)
        elif self._sent:
            await self._run({}, {})

    def _sort(self) -> dict[str, judge.Queue]:
        """Images worth a request, by their origins; the others have an outcome."""
        by_origin: dict[str, judge.Queue] = {}
        policy = self._work.job.update_policy
        for image in self._work.images:
            if known.is_left_alone(image, policy):
                self._gathering.left(image)
                continue
            try:
                wanted = self._check(image)
                if known.is_current(image, policy):
                    had = model.Validators(image.etag, image.last_modified)
                    current = described.unchanged(self._work, wanted, had, asked=False)
                    self._gathering.brought(current)
                    continue
                if image.url.startswith(uploaded.SCHEME):
                    self._sent.append(wanted)
                    continue
                url = urls.parse(image.url)
            except errors.PictureError as failure:
                self._judge.fail(image, failure, tried=False)
            except errors.BadUrl as bad:
                self._judge.fail(image, errors.Unreachable(f"the URL {bad}"), tried=False)
            else:
                by_origin.setdefault(url.origin, deque()).append((wanted, url))
        return by_origin

    def _check(self, image: chunks.Image) -> outcomes.Wanted:
        if self._work.chunk.attempt > take.GIVES_UP_AFTER:
            raise errors.Internal("each worker that began this picture was stopped by it")
        metadata, title = media_types.settle(
            self._work.rules.media_types,
            image.media_type,
            msgspec.json.decode(image.metadata),
            file_name=image.file_name,
            edited=image.edited,
        )
        return outcomes.Wanted(image, metadata, title)

    async def _run(
        self, by_origin: dict[str, judge.Queue], leases: dict[str, origins.Lease]
    ) -> None:
        at_once = min(len(self._sent), _UPLOADS_AT_ONCE)
        runners = [asyncio.create_task(self._pick_up()) for _ in range(at_once)]
        for name, queue in by_origin.items():
            lease = leases[name]
            if self._admit(queue, lease):
                side_by_side = min(len(queue), 1 if lease.probing else self._via.pace.limit)
                runners += [
                    asyncio.create_task(self._runner(name, queue, lease))
                    for _ in range(side_by_side)
                ]
        await _finish_or_stop(runners, self._stopping, self._via.pace)

    def _admit(self, queue: judge.Queue, lease: origins.Lease) -> bool:
        """Whether the origin is open to us now; if not, its images come back later."""
        if lease.slow_seconds:
            self._judge.hold_back(queue, lease.slow_seconds + _RNG.uniform(0, 1))
        elif lease.parked_seconds and self._limits.wait_seconds:
            self._judge.park(queue, lease.parked_seconds)
        return bool(queue)

    async def _runner(self, name: str, queue: judge.Queue, lease: origins.Lease) -> None:
        tally = self._tallies.setdefault(name, pace.Tally())
        while queue:
            async with self._via.pace.slot(name, self._turn, patience=_PATIENCE_SECONDS) as slot:
                if slot is None:
                    self._judge.hold_back(queue, _PATIENCE_SECONDS * _RNG.uniform(0.5, 1.5))
                    return
                if not self._goes_on() or self._is_shut(name, queue, tally, lease):
                    return
                await self._via.bound.take(self._turn)
                try:
                    if queue:
                        way = passage.Passage(self._via.pace, name, slot, self._turn)
                        wanted, url = queue.popleft()
                        trying = self._fetch(wanted, url, way)
                        await self._one(wanted, trying, tally, probing=lease.probing)
                finally:
                    self._gathering.asked()

    async def _fetch(
        self, wanted: outcomes.Wanted, url: urls.Url, way: passage.Passage
    ) -> outcomes.Brought:
        with tracing.image(position=wanted.image.position, server_address=url.host):
            return await attempt.attempt(
                self._work, wanted, url, way, via=self._via, limits=self._limits
            )

    async def _take_up(self, wanted: outcomes.Wanted) -> outcomes.Brought:
        with tracing.image(position=wanted.image.position):
            return await attempt.pick_up(self._work, wanted, via=self._via, limits=self._limits)

    async def _pick_up(self) -> None:
        """Bring what is with us already, one picture after the other."""
        while self._sent and self._goes_on():
            await self._via.bound.take(self._turn)
            try:
                if self._sent:
                    wanted = self._sent.popleft()
                    trying = self._take_up(wanted)
                    await self._one(wanted, trying, pace.Tally(), probing=False)
            finally:
                self._gathering.asked()

    def _is_shut(
        self, name: str, queue: judge.Queue, tally: pace.Tally, lease: origins.Lease
    ) -> bool:
        """Whether the origin is to be left alone, as we or others found meanwhile."""
        keeper = self._via.pace
        if slow_seconds := keeper.slow_seconds(name):
            self._judge.hold_back(queue, slow_seconds + _RNG.uniform(0, 1))
        elif self._is_gone(tally, lease):
            self._judge.park(queue, keeper.probe_seconds)
        elif self._limits.wait_seconds and not lease.probing and keeper.parked_seconds(name):
            self._judge.park(queue, keeper.parked_seconds(name))
        return not queue

    def _goes_on(self) -> bool:
        """A chunk that takes long makes way: what it has not begun comes back as another."""
        in_time = self._loop.time() < self._until
        return in_time and not self._stopping.is_set() and self._via.pace.alive

    def _is_gone(self, tally: pace.Tally, lease: origins.Lease) -> bool:
        if not self._limits.wait_seconds or tally.answered:
            return False
        return tally.misses >= (1 if lease.probing else pace.PARK_AFTER)

    async def _one(
        self,
        wanted: outcomes.Wanted,
        trying: Awaitable[outcomes.Brought],
        tally: pace.Tally,
        *,
        probing: bool,
    ) -> None:
        """One try at one image."""
        try:
            brought = await trying
        except pool.DATABASE_AWAY:
            raise  # a lease could not be had: the chunk comes back as a whole
        except errors.PictureError as failure:
            judge.count(tally, failure)
            families.TRIES.add(failure.code)
            self._judge.judge(wanted.image, failure, probing=probing)
        except Exception:
            log.exception("picture_failed", position=wanted.image.position)
            fault = errors.Internal("a fault of ours; the log has it")
            families.TRIES.add(fault.code)
            self._judge.fail(wanted.image, fault, tried=True)
        else:
            tally.answered = True
            families.TRIES.add("")
            self._gathering.brought(brought)


async def _finish_or_stop(
    runners: Sequence[asyncio.Task[None]], stopping: asyncio.Event, keeper: pace.Pace
) -> None:
    """Wait for the runners: once we are to stop a little longer, without heartbeat not at all.

    What a runner has open when it is cancelled is closed: another may have our connections soon.
    """
    if not runners:
        return
    stop = asyncio.create_task(stopping.wait())
    silence = asyncio.create_task(keeper.silence())
    try:
        await _done(runners, {stop, silence})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await _done(runners, {silence})
    finally:
        for task in itertools.chain(runners, (stop, silence)):
            task.cancel()
        await asyncio.gather(*runners, stop, silence, return_exceptions=True)
    for runner in runners:
        if not runner.cancelled():
            runner.result()


async def _done(runners: Sequence[asyncio.Task[None]], ends: set[asyncio.Task[Any]]) -> None:
    """Until all runners are done, or one of these."""
    everyone = asyncio.create_task(asyncio.wait(runners))
    await asyncio.wait({everyone, *ends}, return_when=asyncio.FIRST_COMPLETED)
    everyone.cancel()
