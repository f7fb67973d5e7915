"""When to try again: the schedule. Pure."""

import random

from wirephoto.net import retry_after as field

_FIRST_WAITS_SECONDS = (2.0, 10.0, 60.0)
_JITTER = 0.2
_SHORTEST_PATIENCE_SECONDS = 10.0


def delay(tries: int, *, retry_after: float | None, rng: random.Random) -> float:
    """Seconds to wait before the next try.

    2, 10, 60, then doubling up to a day, each ± 20 % so that pictures which failed together do
    not come back together. What the origin asked for wins where it is longer, up to a day.

    Args:
        tries: made so far, the failed one included; 1 or more.
        retry_after: seconds the origin asked to wait.
        rng: source of the jitter.
    """
    asked = min(retry_after or 0.0, field.LONGEST_SECONDS)
    return max(_scheduled(tries) * rng.uniform(1 - _JITTER, 1 + _JITTER), asked)


def patience(waited: float | None, *, rng: random.Random) -> float:
    """Seconds until a picture that could not be kept is fetched anew: the longer, the rarer.

    ``waited``: seconds since it first could not.
    """
    longer = max(_SHORTEST_PATIENCE_SECONDS, (waited or 0.0) / 2)
    return longer * rng.uniform(1 - _JITTER, 1 + _JITTER)


def _scheduled(tries: int) -> float:
    if tries <= len(_FIRST_WAITS_SECONDS):
        return _FIRST_WAITS_SECONDS[max(tries, 1) - 1]
    doublings = min(tries - len(_FIRST_WAITS_SECONDS), 32)  # no overflow, whatever the number
    return min(_FIRST_WAITS_SECONDS[-1] * 2.0**doublings, field.LONGEST_SECONDS)
