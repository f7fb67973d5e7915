"""Fetch and inspect a chunk's images, side by side, within the pace of their origins."""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from wirephoto import errors, model
from wirephoto.db import chunks, origins, pool
from wirephoto.net import session as sessions
from wirephoto.net import urls
from wirephoto.pipeline.fetch import download, pace, passage, retry
from wirephoto.pipeline.inspection import limits as inspection
from wirephoto.pipeline.inspection import verdict
from wirephoto.pipeline.inspection.apart import pool as apart
from wirephoto.pipeline.steps import outcomes, take
from wirephoto.project import media_types

STOP_SECONDS = 8.0  # that pictures in flight get when the worker is to stop
_CHUNK_SECONDS = 15.0  # after that a chunk begins no picture: others wait for its slot
_PATIENCE_SECONDS = 3.0  # with an origin that we have no part of; it comes within one, or not soon
_FIRST_PATIENCE_SECONDS = 0.5  # a job's first chunk: another worker may have a part

log = structlog.get_logger(__name__)
_RNG = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Limits:
    """``tries`` at one image; ``wait_seconds`` that images wait for an origin or for storage."""

    fetching: download.Limits
    inspecting: inspection.Limits
    tries: int
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Origins:
    """The way to the origins of pictures, and to those who look at what came from there."""

    session: sessions.Session
    pace: pace.Pace
    limits: Limits
    children: apart.Pool


async def bring(work: outcomes.Work, via: Origins, stopping: asyncio.Event) -> outcomes.Arrived:
    """Every image of the chunk with an outcome; those not begun when we stop come back at once."""
    trip = _Trip(work, via, stopping)
    by_origin = trip.sort()
    if by_origin:
        async with via.pace.leased(by_origin) as leases:
            await trip.run(by_origin, leases)
            await via.pace.note(trip.arrived.tallies)
    settled = trip.arrived.settled()
    trip.arrived.again += [
        outcomes.Again(image, 0.0) for image in work.images if image.position not in settled
    ]
    return trip.arrived


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

    def __init__(self, work: outcomes.Work, via: Origins, stopping: asyncio.Event) -> None:
        self._work = work
        self._via = via
        self._stopping = stopping
        self._limits = _narrowed(via.limits, work)
        first = work.chunk.number == 0
        self._turn = via.pace.turn(first=first)
        self._patience = _FIRST_PATIENCE_SECONDS if first else _PATIENCE_SECONDS
        self._until = asyncio.get_running_loop().time() + _CHUNK_SECONDS
        self.arrived = outcomes.Arrived()

    def sort(self) -> dict[str, deque[tuple[outcomes.Wanted, urls.Url]]]:
        """Images worth a request, by their origins; the others have failed."""
        by_origin: dict[str, deque[tuple[outcomes.Wanted, urls.Url]]] = {}
        for image in self._work.images:
            try:
                wanted = self._check(image)
                url = urls.parse(image.url)
            except errors.PictureError as failure:
                self._fail(image, failure, tried=False)
            except errors.BadUrl as bad:
                self._fail(image, errors.Unreachable(f"the URL {bad}"), tried=False)
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
        )
        return outcomes.Wanted(image, metadata, title)

    async def run(
        self,
        by_origin: dict[str, deque[tuple[outcomes.Wanted, urls.Url]]],
        leases: dict[str, origins.Lease],
    ) -> None:
        runners = []
        for name, queue in by_origin.items():
            lease = leases[name]
            if self._admit(queue, lease):
                side_by_side = min(len(queue), 1 if lease.probing else self._via.pace.limit)
                runners += [
                    asyncio.create_task(self._runner(name, queue, lease))
                    for _ in range(side_by_side)
                ]
        await _finish_or_stop(runners, self._stopping, self._via.pace)

    def _admit(self, queue: deque[tuple[outcomes.Wanted, urls.Url]], lease: origins.Lease) -> bool:
        """Whether the origin is open to us now; if not, its images come back later."""
        if lease.slow_seconds:
            self._hold_back(queue, lease.slow_seconds + _RNG.uniform(0, 1))
        elif lease.parked_seconds and self._limits.wait_seconds:
            self._park(queue, lease.parked_seconds)
        return bool(queue)

    def _hold_back(self, queue: deque[tuple[outcomes.Wanted, urls.Url]], delay: float) -> None:
        while queue:
            wanted, _ = queue.popleft()
            self.arrived.again.append(outcomes.Again(wanted.image, delay))

    def _park(self, queue: deque[tuple[outcomes.Wanted, urls.Url]], delay: float) -> None:
        """Let images wait for an origin that cannot be reached, as long as they may."""
        jittered = delay + _RNG.uniform(0, 2)
        gone = errors.Unreachable("the origin could not be reached", transient=True)
        while queue:
            wanted, _ = queue.popleft()
            self._wait(wanted.image, gone, jittered, tried=False)

    def _wait(
        self, image: chunks.Image, error: errors.PictureError, delay: float, *, tried: bool
    ) -> None:
        if self._may_wait():
            self.arrived.again.append(outcomes.Again(image, delay, waits=True))
        else:
            self._fail(image, error, tried=tried)

    def _may_wait(self) -> bool:
        return (self._work.chunk.waited or 0.0) < self._limits.wait_seconds

    async def _runner(
        self,
        name: str,
        queue: deque[tuple[outcomes.Wanted, urls.Url]],
        lease: origins.Lease,
    ) -> None:
        tally = self.arrived.tallies.setdefault(name, pace.Tally())
        while queue and self._goes_on():
            if self._is_shut(name, queue, tally, lease):
                return
            async with self._via.pace.slot(name, self._turn, patience=self._patience) as slot:
                if slot is None:
                    self._hold_back(queue, self._patience * _RNG.uniform(0.5, 1.5))
                elif queue and self._goes_on() and not self._is_shut(name, queue, tally, lease):
                    way = passage.Passage(self._via.pace, name, slot, self._turn)
                    await self._one(*queue.popleft(), tally, lease, way)

    def _is_shut(
        self,
        name: str,
        queue: deque[tuple[outcomes.Wanted, urls.Url]],
        tally: pace.Tally,
        lease: origins.Lease,
    ) -> bool:
        """Whether the origin is to be left alone, as we or others found meanwhile."""
        keeper = self._via.pace
        if slow_seconds := keeper.slow_seconds(name):
            self._hold_back(queue, slow_seconds + _RNG.uniform(0, 1))
        elif self._is_gone(tally, lease):
            self._park(queue, keeper.probe_seconds)
        elif self._limits.wait_seconds and not lease.probing and keeper.parked_seconds(name):
            self._park(queue, keeper.parked_seconds(name))
        return not queue

    def _goes_on(self) -> bool:
        """A chunk that takes long makes way: what it has not begun comes back as another."""
        in_time = asyncio.get_running_loop().time() < self._until
        return in_time and not self._stopping.is_set() and self._via.pace.alive

    def _is_gone(self, tally: pace.Tally, lease: origins.Lease) -> bool:
        if not self._limits.wait_seconds or tally.answered:
            return False
        return tally.misses >= (1 if lease.probing else pace.PARK_AFTER)

    async def _one(
        self,
        wanted: outcomes.Wanted,
        url: urls.Url,
        tally: pace.Tally,
        lease: origins.Lease,
        way: passage.Passage,
    ) -> None:
        """One try at one image."""
        try:
            brought = await self._fetch_and_inspect(wanted, url, way)
        except pool.DATABASE_AWAY:
            raise  # a lease could not be had: the chunk comes back as a whole
        except errors.PictureError as failure:
            _count(tally, failure)
            self._judge(wanted.image, failure, lease)
        except Exception:
            log.exception("picture_failed", job=self._work.job.id, position=wanted.image.position)
            self._fail(wanted.image, errors.Internal("a fault of ours; the log has it"), tried=True)
        else:
            tally.answered = True
            self.arrived.brought.append(brought)

    async def _fetch_and_inspect(
        self, wanted: outcomes.Wanted, url: urls.Url, way: passage.Passage
    ) -> outcomes.Brought:
        known = _validators(wanted.image)
        answer = await download.download(
            self._via.session, url, self._limits.fetching, conditional=known or None, way=way.to
        )
        if isinstance(answer, model.NotModified):
            return outcomes.Brought(wanted, None, known)
        inspected = await _inspect(answer.body, self._limits.inspecting, self._via.children)
        return outcomes.Brought(wanted, inspected, answer.validators)

    def _judge(
        self, image: chunks.Image, failure: errors.PictureError, lease: origins.Lease
    ) -> None:
        """Fail for good, or come back: what may pass has some tries, a probe costs none."""
        tries = self._work.chunk.tries + 1
        self.arrived.unspooled |= isinstance(failure, errors.StorageFailed)
        if not failure.transient:
            self._fail(image, failure, tried=True)
        elif isinstance(failure, errors.StorageFailed) and self._may_wait():
            delay = retry.patience(self._work.chunk.waited, rng=_RNG)
            self._wait(image, failure, delay, tried=True)
        elif _is_miss(failure) and lease.probing and self._limits.wait_seconds:
            self._wait(
                image, failure, self._via.pace.probe_seconds + _RNG.uniform(0, 2), tried=True
            )
        elif tries >= self._limits.tries:
            self._fail(image, failure, tried=True)
        else:
            delay = retry.delay(tries, retry_after=failure.retry_after, rng=_RNG)
            self.arrived.again.append(outcomes.Again(image, delay, counted=True))

    def _fail(self, image: chunks.Image, error: errors.PictureError, *, tried: bool) -> None:
        attempts = self._work.chunk.tries + (1 if tried else 0)
        bare = error.with_traceback(None)  # a trace keeps its frames, and with them the body
        self.arrived.failed.append(outcomes.Failed(image, bare, attempts))


def _narrowed(limits: Limits, work: outcomes.Work) -> Limits:
    """The installation's limits and the project's own: the narrower of each."""
    own = work.rules.limits
    most_bytes = min(limits.fetching.max_bytes, own.max_bytes or limits.fetching.max_bytes)
    most_pixels = min(limits.inspecting.max_pixels, own.max_pixels or limits.inspecting.max_pixels)
    return replace(
        limits,
        fetching=replace(limits.fetching, max_bytes=most_bytes),
        inspecting=replace(limits.inspecting, kinds=own.kinds, max_pixels=most_pixels),
    )


def _validators(image: chunks.Image) -> model.Validators:
    """What to ask the origin with: only for an asset that came from this same URL."""
    if image.asset_key is None or image.source_url != image.url:
        return model.Validators()
    return model.Validators(image.etag, image.last_modified)


def _is_miss(failure: errors.PictureError) -> bool:
    """Whether the origin itself gave no answer; a place it sent us to is not its own."""
    return isinstance(failure, errors.Unreachable) and not failure.redirected


def _count(tally: pace.Tally, failure: errors.PictureError) -> None:
    if _is_miss(failure):
        tally.misses += 1 if failure.transient else 0
    elif not isinstance(failure, errors.Timeout | errors.StorageFailed | errors.BlockedAddress):
        tally.answered = True


async def _inspect(
    body: model.Body, limits: inspection.Limits, children: apart.Pool
) -> model.Inspected:
    """Microseconds for a small raster picture; what is slower leaves the event loop."""
    inspected = None
    try:
        if verdict.is_cheap(body):
            found = verdict.inspect_body(body, limits)
        else:
            found = await asyncio.to_thread(verdict.inspect_body, body, limits)
        if isinstance(found, bytes):
            found = await children.clean_svg(found, limits)
        inspected = found
    finally:
        if body.path is not None and (inspected is None or inspected.body is not body):
            await asyncio.to_thread(body.path.unlink, missing_ok=True)
    return inspected


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
    pending: set[asyncio.Task[Any]] = set(runners)
    while pending and not any(end.done() for end in ends):
        await asyncio.wait(pending | ends, return_when=asyncio.FIRST_COMPLETED)
        pending = {runner for runner in pending if not runner.done()}
