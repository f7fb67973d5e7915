"""Ctrl-C and SIGTERM: they end the demo at any time, but never between a fork and its record."""

import contextlib
import signal
from collections.abc import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal came.

    No ``KeyboardInterrupt``: one that passes through an ``exec`` of text, as of a dataclass that is
    just being imported, has ``python -m`` end by SIGINT whatever its exit code, caught or not.
    """


class Stop:
    """Turns the first signal into ``Stopped``; those after it change nothing."""

    def __init__(self) -> None:
        self.number: int | None = None  # of the signal that came
        self._held = self._raised = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs, signals come to us."""
        before = [signal.signal(number, self._heard) for number in _SIGNALS]
        try:
            yield
        finally:
            for number, handler in zip(_SIGNALS, before, strict=True):
                signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The block is not interrupted; a signal that came meanwhile is raised at its end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self.number is not None:
            self._raise()

    def _heard(self, number: int, _: object) -> None:
        if self.number is None:
            self.number = number
        if not self._held:
            self._raise()

    def _raise(self) -> None:
        if not self._raised:
            self._raised = True
            raise Stopped
