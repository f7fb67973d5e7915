"""When a webhook is tried: the contract's schedule, each time 20 % earlier or later."""

import random

MINUTE = 60.0
HOUR = 3600.0
DELAYS = (
    5.0,
    30.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
_JITTER = 0.2
_LONGEST_RETRY_AFTER = 24 * HOUR


def after(tries: int, *, retry_after: float | None, rng: random.Random) -> float | None:
    """Seconds from the end of try ``tries`` (1 is the first) to the next; None: there is none.

    A receiver's Retry-After (seconds) makes it later, never earlier.
    """
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1] * rng.uniform(1 - _JITTER, 1 + _JITTER)
    return max(delay, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))
