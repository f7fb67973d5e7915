"""When an endpoint that does nothing but fail is left alone (pure)."""

from dataclasses import dataclass

DAY = 24 * 3600.0
PAUSED_AFTER = 5 * DAY  # of nothing but failures
PROBE_SECONDS = DAY  # a paused endpoint gets one delivery a day, to see whether it is back
# The schedule's longest wait, with its jitter or a Retry-After, is under 29 hours: two failures
# with more than this between them are two incidents, not one that lasts.
_LONGEST_QUIET = 2 * DAY


@dataclass(frozen=True, slots=True)
class Verdict:
    """``anew``: the failures begin to be counted with this one."""

    anew: bool
    paused: bool


def after_failure(failing: float | None, quiet: float | None, *, paused: bool = False) -> Verdict:
    """What a failed try makes of its endpoint.

    Args:
        failing: seconds since the first failure that no success has ended; None: there is none.
        quiet: seconds since the last of them.
        paused: whether it is paused already; only a success ends that.
    """
    if paused:
        return Verdict(anew=False, paused=True)
    if failing is None or quiet is None or quiet > _LONGEST_QUIET:
        return Verdict(anew=True, paused=False)
    return Verdict(anew=False, paused=failing >= PAUSED_AFTER)
