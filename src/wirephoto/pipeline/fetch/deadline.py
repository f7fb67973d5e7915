"""The clock of one try: its total time, and the least rate its body must come at.

A read timeout alone never ends a drip of one byte now and then; so the body is also measured, in
windows of some seconds, by a timer rather than by a task of its own.
"""

import asyncio
from types import TracebackType
from typing import Self

from wirephoto import errors


class Deadline:
    """Ends the block within it by ``errors.Timeout`` (transient).

    Args:
        total: seconds for the whole block.
        min_rate: bytes a second below which a window of the body is too slow; 0 is off.
        window: seconds; a body that stalls is ended one to two windows later.
    """

    def __init__(self, total: float, *, min_rate: int, window: float) -> None:
        self.received = 0  # bytes of the body, kept by the reader
        self._total = total
        self._min_rate = min_rate
        self._window = window
        self._counted = 0
        self._too_slow = False
        self._timer: asyncio.TimerHandle | None = None
        self._timeout = asyncio.timeout(total)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    def body_begins(self) -> None:
        """Start to measure. Before, an origin may take its time: the total alone counts."""
        if self._min_rate:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._window, self._end_of_window, loop)

    def _end_of_window(self, loop: asyncio.AbstractEventLoop) -> None:
        came = self.received - self._counted
        if came >= self._min_rate * self._window:
            self._counted = self.received
            self._timer = loop.call_later(self._window, self._end_of_window, loop)
        elif not self._timeout.expired():
            self._too_slow = True
            self._timeout.reschedule(loop.time())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise errors.Timeout(self._reason(), transient=True) from None

    def _reason(self) -> str:
        if self._too_slow:
            return f"the body came slower than {self._min_rate} bytes a second"
        return f"not done within {self._total:g} s"
