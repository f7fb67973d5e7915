"""Time limits by the thousand: those of one length share one timer of the event loop.

Limits of one length end in the order they began in. So whoever begins one stands last in a row,
whoever is done steps out, and one timer waits for the first: a dictionary's work, where a timer of
its own and ``asyncio.timeout`` were some microseconds for each picture, twice.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Alarms:
    """Those of one event loop; create it inside."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rows: dict[float, _Row] = {}

    def set(self, seconds: float, act: Callable[[], object]) -> "Alarm":
        """Call ``act`` after ``seconds``, some milliseconds later at most, unless it is put off."""
        row = self._rows.get(seconds)
        if row is None:
            row = self._rows[seconds] = _Row(self._loop, lambda: self._rows.pop(seconds, None))
        alarm = Alarm(row, self._loop.time() + seconds, act)
        row.add(alarm)
        return alarm


class Alarm:
    __slots__ = ("_row", "act", "due")

    def __init__(self, row: "_Row", due: float, act: Callable[[], object]) -> None:
        self._row = row
        self.due = due
        self.act = act

    def put_off(self) -> None:
        """It never rings, unless it has."""
        self._row.remove(self)


class _Row:
    """Alarms of one length. ``empty`` is called when its timer finds nobody any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, empty: Callable[[], object]) -> None:
        self._loop = loop
        self._empty = empty
        self._waiting: dict[Alarm, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, alarm: Alarm) -> None:
        self._waiting[alarm] = None
        if self._timer is None:
            self._timer = self._loop.call_at(alarm.due, self._ring)

    def remove(self, alarm: Alarm) -> None:
        self._waiting.pop(alarm, None)

    def _ring(self) -> None:
        now = self._loop.time()
        try:
            while self._waiting and (first := next(iter(self._waiting))).due <= now:
                del self._waiting[first]
                first.act()  # which may add to this row
        finally:
            self._arm()

    def _arm(self) -> None:
        if self._waiting:
            self._timer = self._loop.call_at(next(iter(self._waiting)).due, self._ring)
        else:
            self._timer = None
            self._empty()


class Limit:
    """Ends the block within it by ``TimeoutError`` after ``seconds``, as ``asyncio.timeout`` does.

    ``end`` does so at once.
    """

    __slots__ = ("_alarm", "_alarms", "_cancelling", "_seconds", "_task", "has_ended")

    def __init__(self, alarms: Alarms, seconds: float) -> None:
        self.has_ended = False
        self._alarms = alarms
        self._seconds = seconds

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._alarm = self._alarms.set(self._seconds, self.end)
        return self

    def end(self) -> None:
        """From outside of the block's task."""
        if not self.has_ended:
            self.has_ended = True
            self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._alarm.put_off()
        if self.has_ended:
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise TimeoutError from error
