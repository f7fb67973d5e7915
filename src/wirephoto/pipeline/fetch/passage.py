"""The way of one try from origin to origin: a slot at each, one at a time.

A redirect may lead elsewhere. The slot at the origin that sent us is free before one at the target
is waited for: two origins that send us to each other wait for nobody, and none is held for nothing.
"""

import contextlib
from collections.abc import AsyncIterator

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

    @contextlib.asynccontextmanager
    async def to(self, url: urls.Url) -> AsyncIterator[lines.Lines]:
        """The connections that a request for ``url`` goes along, while it lasts.

        Raises:
            errors.Unreachable: a target that wants to be left alone, or that we have no part in.
        """
        async with self._there(url.origin) as slot:
            try:
                yield slot.lines
            except errors.PictureError as failure:
                if failure.retry_after is not None:
                    await self._pace.slow_down(url.origin, failure.retry_after)
                raise

    @contextlib.asynccontextmanager
    async def _there(self, origin: str) -> AsyncIterator[pace.Slot]:
        if origin == self._first and self._slot.held:
            yield self._slot
            return
        self._slot.release()
        async with self._pace.leased({origin: range(1)}):
            self._refuse_if_slow(origin)
            async with self._pace.slot(origin, self._turn) as slot:
                if slot is None:
                    raise _elsewhere("this worker lost its part in the redirect's target")
                self._refuse_if_slow(origin)  # it may have said so while we waited
                yield slot

    def _refuse_if_slow(self, origin: str) -> None:
        if seconds := self._pace.slow_seconds(origin):
            raise _elsewhere("the redirect's target asked to be left alone", seconds)


def _elsewhere(reason: str, retry_after: float | None = None) -> errors.Unreachable:
    failure = errors.Unreachable(reason, transient=True, retry_after=retry_after)
    failure.redirected = True
    return failure
