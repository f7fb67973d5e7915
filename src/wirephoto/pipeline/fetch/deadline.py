"""The clock of one try: its total time, and the least rate its body must come at.

A read timeout alone never ends a drip of one byte now and then; so the body is also measured, in
windows of some seconds, by an alarm rather than by a task of its own.
"""

from types import TracebackType
from typing import Protocol, Self

from wirephoto import errors
from wirephoto.net import alarms as timing


class Body(Protocol):
    """What is measured."""

    @property
    def received(self) -> int:
        """Bytes that came so far."""


class Deadline:
    """Ends the block within it by ``errors.Timeout`` (transient).

    Args:
        alarms: of the event loop.
        total: seconds for the whole block.
        min_rate: bytes a second below which a window of the body is too slow; 0 is off.
        window: seconds; a body that stalls is ended one to two windows later.
    """

    __slots__ = (
        "_alarms",
        "_counted",
        "_limit",
        "_min_rate",
        "_next",
        "_too_slow",
        "_total",
        "_window",
    )

    def __init__(
        self, alarms: timing.Alarms, total: float, *, min_rate: int, window: float
    ) -> None:
        self._alarms = alarms
        self._total = total
        self._min_rate = min_rate
        self._window = window
        self._counted = 0
        self._next: timing.Alarm | None = None
        self._limit = timing.Limit(alarms, total)
        self._too_slow = False

    def __enter__(self) -> Self:
        self._limit.__enter__()
        return self

    def body_begins(self, body: Body) -> None:
        """Start to measure. Before, an origin may take its time: the total alone counts."""
        if self._min_rate:
            self._measure(body)

    def _measure(self, body: Body) -> None:
        self._next = self._alarms.set(self._window, lambda: self._end_of_window(body))

    def _end_of_window(self, body: Body) -> None:
        came = body.received - self._counted
        if came >= self._min_rate * self._window:
            self._counted = body.received
            self._measure(body)
        elif not self._limit.has_ended:
            self._too_slow = True
            self._limit.end()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._next is not None:
            self._next.put_off()
        try:
            self._limit.__exit__(kind, error, trace)
        except TimeoutError:
            raise errors.Timeout(self._reason(), transient=True) from None

    def _reason(self) -> str:
        if self._too_slow:
            return f"the body came slower than {self._min_rate} bytes a second"
        return f"not done within {self._total:g} s"
