"""Does storage take pictures? Asked by a trial, before anything is fetched for it.

Once a picture could not be kept, or this worker has just begun, there is a doubt. While there is
one, chunks wait until a trial has gone well, and origins are left in peace.
"""

import asyncio
from pathlib import Path

import structlog

from wirephoto import errors
from wirephoto.metrics import families
from wirephoto.pipeline.fetch import spool
from wirephoto.pipeline.storage import store

_TRIAL_SECONDS = 10.0  # storage that takes longer for a few bytes is away
_PAUSE_SECONDS = 3.0  # between trials
_TEMPORARY_BYTES = 8_388_608  # that must fit into the temporary folder
_MOST_BYTES = 16_777_216  # of a trial: what is larger shall not hold up what is small

log = structlog.get_logger(__name__)


class Circuit:
    """Of one worker, for all its chunks."""

    def __init__(self, storage: store.Store, temporary: Path) -> None:
        self._storage = storage
        self._temporary = temporary
        self._lock = asyncio.Lock()
        self._is_doubtful = True
        self._bytes = 0
        self._failure: errors.StorageFailed | None = None
        self._next_trial = 0.0

    def doubt(self, size: int) -> None:
        """A picture of ``size`` bytes could not be kept: such a one must fit the next time."""
        self._is_doubtful = True
        self._bytes = min(max(self._bytes, size), _MOST_BYTES)

    async def away(self) -> errors.StorageFailed | None:
        """Why nothing can be stored now; None: nothing speaks against it."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._is_doubtful and now >= self._next_trial:
                self._note(await self._try())
            return self._failure if self._is_doubtful else None

    def _note(self, failure: errors.StorageFailed | None) -> None:
        was_away, self._failure = self._failure is not None, failure
        if failure is None:
            self._is_doubtful, self._bytes = False, 0
        else:
            self._next_trial = asyncio.get_running_loop().time() + _PAUSE_SECONDS
        if was_away != (failure is not None):
            if failure:
                log.warning("storage_away", problem=str(failure))
            else:
                log.warning("storage_back")

    async def _try(self) -> errors.StorageFailed | None:
        try:
            async with asyncio.timeout(_TRIAL_SECONDS):
                await spool.make_room(self._temporary, max(self._bytes, _TEMPORARY_BYTES))
                await self._storage.try_out(self._bytes)
        except errors.StorageFailed as failure:
            families.STORAGE_ERRORS.add("tend")
            return failure.with_traceback(None)
        except TimeoutError:
            families.STORAGE_ERRORS.add("tend")
            return errors.StorageFailed("the storage does not answer in time", transient=True)
        return None
