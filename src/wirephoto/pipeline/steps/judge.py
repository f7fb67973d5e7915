"""What becomes of an image that did not come: it fails for good, or comes back, and when."""

import random
from collections import deque

from wirephoto import errors
from wirephoto.db import chunks
from wirephoto.net import urls
from wirephoto.pipeline.fetch import pace, retry
from wirephoto.pipeline.steps import gather, means, outcomes

Queue = deque[tuple[outcomes.Wanted, urls.Url]]
"""Images of one origin that are not begun."""

_RNG = random.SystemRandom()


class Judge:
    """Of one chunk. ``probe_seconds`` between two probes of an origin that cannot be reached."""

    def __init__(
        self,
        chunk: chunks.Chunk,
        limits: means.Limits,
        gathering: gather.Gathering,
        probe_seconds: float,
    ) -> None:
        self._chunk = chunk
        self._tries = limits.tries
        self._wait_seconds = limits.wait_seconds
        self._gathering = gathering
        self._probe_seconds = probe_seconds

    def hold_back(self, queue: Queue, seconds: float) -> None:
        """All of a queue comes back, at no cost."""
        while queue:
            wanted, _ = queue.popleft()
            self._gathering.again(outcomes.Again(wanted.image, seconds))

    def park(self, queue: Queue, seconds: float) -> None:
        """Let images wait for an origin that cannot be reached, as long as they may."""
        jittered = seconds + _RNG.uniform(0, 2)
        gone = errors.Unreachable("the origin could not be reached", transient=True)
        while queue:
            wanted, _ = queue.popleft()
            self._wait(wanted.image, gone, jittered, tried=False)

    def judge(self, image: chunks.Image, failure: errors.PictureError, *, probing: bool) -> None:
        """Of a try: what may pass has some more, a probe costs none."""
        tries = self._chunk.tries + 1
        if isinstance(failure, errors.StorageFailed):
            self._gathering.unspooled()
        if not failure.transient:
            self.fail(image, failure, tried=True)
        elif isinstance(failure, errors.StorageFailed) and self._may_wait():
            delay = retry.patience(self._chunk.waited, rng=_RNG)
            self._wait(image, failure, delay, tried=True)
        elif is_miss(failure) and probing and self._wait_seconds:
            self._wait(image, failure, self._probe_seconds + _RNG.uniform(0, 2), tried=True)
        elif tries >= self._tries:
            self.fail(image, failure, tried=True)
        else:
            delay = retry.delay(tries, retry_after=failure.retry_after, rng=_RNG)
            self._gathering.again(outcomes.Again(image, delay, counted=True))

    def fail(self, image: chunks.Image, error: errors.PictureError, *, tried: bool) -> None:
        attempts = self._chunk.tries + (1 if tried else 0)
        bare = error.with_traceback(None)  # a trace keeps its frames, and with them the body
        self._gathering.failed(outcomes.Failed(image, bare, attempts))

    def _wait(
        self, image: chunks.Image, error: errors.PictureError, delay: float, *, tried: bool
    ) -> None:
        if self._may_wait():
            self._gathering.again(outcomes.Again(image, delay, waits=True))
        else:
            self.fail(image, error, tried=tried)

    def _may_wait(self) -> bool:
        return (self._chunk.waited or 0.0) < self._wait_seconds


def is_miss(failure: errors.PictureError) -> bool:
    """Whether the origin itself gave no answer; a place it sent us to is not its own."""
    return isinstance(failure, errors.Unreachable) and not failure.redirected


def count(tally: pace.Tally, failure: errors.PictureError) -> None:
    """Whether an origin is there at all."""
    if is_miss(failure):
        tally.misses += 1 if failure.transient else 0
    elif not isinstance(failure, errors.Timeout | errors.StorageFailed | errors.BlockedAddress):
        tally.answered = True
