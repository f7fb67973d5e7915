"""How many requests at once an origin takes with ease, as one worker finds out. Pure.

The limit of connections is what politeness allows; an origin may take less. So we begin with few
and have more with each answer. We have less where the origin shows that it is too much: where it
refuses (429, 503 and their kin), does not answer, or takes far longer than it did for few. After
that we come back one by one: additive increase, multiplicative decrease (Chiu and Jain, 1989), as
TCP does. The part about latency is what limiters of concurrency call a gradient.
"""

from wirephoto import errors

BEGIN = 4
EASY = 4  # that no latency takes away: an origin that is slow for so few is slow by itself
_LESS_AT_TROUBLE = 0.5
_LESS_AT_LATENCY = 0.75
_SLOWER = 2.0  # times what few requests take
_SLACK_SECONDS = 0.1  # and what nobody needs to mind: our own side adds some
_WINDOW_SECONDS = 1.0
_FEWEST = 4  # answers that tell a latency
_TOO_MUCH = frozenset({408, 429, 502, 503, 504})


def is_too_much(failure: BaseException | None) -> bool:
    """Whether a request that ended so shows an origin in trouble."""
    if isinstance(failure, errors.HttpStatus):
        return failure.http_status in _TOO_MUCH
    troubles = errors.Timeout | errors.Unreachable | errors.Truncated
    return isinstance(failure, troubles) and failure.transient


class Ease:
    """Begins with ``BEGIN``, and never has less than one."""

    def __init__(self) -> None:
        self._most = float(BEGIN)
        self._learns = True  # one more with each answer, until the first trouble
        self._spared = 0  # requests that were under way at the last cut: a trouble is one cut
        self._was_full = False
        self._window_ends = float("-inf")
        self._usual: float | None = None  # seconds from a request to its answer's head
        self._waited: list[float] = []

    @property
    def most(self) -> int:
        """Requests at once."""
        return int(self._most)

    def heard(self, seconds: float) -> None:
        """An answer began to come, so long after its request."""
        self._waited.append(seconds)

    def ended(self, now: float, *, trouble: bool, busy: int, ceiling: int) -> None:
        """A request is over.

        Args:
            now: seconds of a clock that never goes back.
            trouble: it showed an origin in trouble.
            busy: requests at once, this one included.
            ceiling: that politeness allows.
        """
        if self._spared:
            self._spared -= 1
        elif trouble:
            self._have_less(min(self._most, busy) * _LESS_AT_TROUBLE, now, busy)
        is_full = busy >= self.most
        self._was_full |= is_full
        if self._learns and is_full and not trouble:
            self._have_more(ceiling)
        if now >= self._window_ends and len(self._waited) >= _FEWEST:
            self._end_window(now, busy, ceiling)

    def _end_window(self, now: float, busy: int, ceiling: int) -> None:
        if self._is_slower():
            self._have_less(max(min(self._most, EASY), self._most * _LESS_AT_LATENCY), now, busy)
            return
        if self._was_full:
            self._have_more(ceiling)
        self._begin_window(now)

    def _have_more(self, ceiling: int) -> None:
        self._most = max(self._most, min(self._most + 1, ceiling))

    def _have_less(self, most: float, now: float, busy: int) -> None:
        self._most = max(1.0, most)
        self._learns = False
        self._spared = busy - 1
        self._waited.clear()
        self._begin_window(now)

    def _begin_window(self, now: float) -> None:
        self._was_full = False
        self._window_ends = now + _WINDOW_SECONDS

    def _is_slower(self) -> bool:
        """Whether answers take far longer than they do for few; asked once a window."""
        mean = sum(self._waited) / len(self._waited)
        self._waited.clear()
        if self._usual is None or self._most <= EASY:
            self._usual = mean  # an origin may become slower for good
        self._usual = min(self._usual, mean)
        return mean > _SLOWER * self._usual + _SLACK_SECONDS
