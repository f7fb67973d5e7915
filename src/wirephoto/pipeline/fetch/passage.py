"""The way of one try from origin to origin: a slot at each, one at a time.

A redirect may lead elsewhere. The slot at the origin that sent us is free before one at the target
is waited for: two origins that send us to each other wait for nobody, and none is held for nothing.
"""

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType

from wirephoto import errors
from wirephoto.net import lines, urls
from wirephoto.pipeline.fetch import pace, share


class Passage:
    """Args: ``first``: the origin where the try begins, and ``slot``, the one held there."""

    def __init__(self, keeper: pace.Pace, first: str, slot: pace.Slot, turn: share.Turn) -> None:
        self._pace = keeper
        self._first = first
        self._slot = slot
        self._turn = turn

    def to(self, url: urls.Url) -> "_Leg":
        """The connections that a request for ``url`` goes along, while it lasts.

        Raises, as it is entered:
            errors.Unreachable: a target that wants to be left alone, or that we have no part in.
        """
        return _Leg(self, url.origin)

    def held_at(self, origin: str) -> pace.Slot | None:
        """The slot of the first origin, as long as we are there."""
        return self._slot if origin == self._first and self._slot.held else None

    @contextlib.asynccontextmanager
    async def elsewhere(self, origin: str) -> AsyncIterator[pace.Slot]:
        self._slot.release()
        async with self._pace.leased({origin: range(1)}, self._turn):
            self._refuse_if_slow(origin)
            async with self._pace.slot(origin, self._turn) as slot:
                if slot is None:
                    raise _elsewhere("this worker lost its part in the redirect's target")
                self._refuse_if_slow(origin)  # it may have said so while we waited
                yield slot

    def learn(self, slot: pace.Slot, failure: BaseException | None) -> None:
        """What a request at an origin told of it."""
        slot.share.learn(self._pace.now(), failure)

    async def heed(self, origin: str, failure: BaseException) -> None:
        """An origin that asked for it is left alone."""
        if isinstance(failure, errors.PictureError) and failure.retry_after is not None:
            await self._pace.slow_down(origin, failure.retry_after)

    def _refuse_if_slow(self, origin: str) -> None:
        if seconds := self._pace.slow_seconds(origin):
            raise _elsewhere("the redirect's target asked to be left alone", seconds)


class _Leg:
    """From one redirect to the next; the first, where most pictures are, costs next to nothing."""

    __slots__ = ("_away", "_origin", "_passage", "_slot")

    def __init__(self, passage: Passage, origin: str) -> None:
        self._passage = passage
        self._origin = origin
        self._away: contextlib.AbstractAsyncContextManager[pace.Slot] | None = None

    async def __aenter__(self) -> lines.Lines:
        slot = self._passage.held_at(self._origin)
        if slot is None:
            self._away = self._passage.elsewhere(self._origin)
            slot = await self._away.__aenter__()
        self._slot = slot
        return slot.lines

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._passage.learn(self._slot, failure)
            if failure is not None:
                await self._passage.heed(self._origin, failure)
        finally:
            if self._away is not None:
                await self._away.__aexit__(kind, failure, trace)


def _elsewhere(reason: str, retry_after: float | None = None) -> errors.Unreachable:
    failure = errors.Unreachable(reason, transient=True, retry_after=retry_after)
    failure.redirected = True
    return failure
