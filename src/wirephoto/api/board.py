"""Jobs that somebody watches: looked at twice a second by one look for all of them.

However many watch, the database is asked once; who reads slowly misses counters in between, and
holds nothing up.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import structlog

from wirephoto import wiring
from wirephoto.api import holders, rounds
from wirephoto.db import jobs, pool

_LOOK_SECONDS = 0.5
log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class View:
    """One who watches; ``changed`` is set when there is something new to see, or no more."""

    status: jobs.Status
    ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Board:
    """The views of this process, and the one look at their jobs."""

    def __init__(self, api: wiring.Api, holding: holders.Holders) -> None:
        self._api = api
        self._holders = holding
        self._views: dict[int, set[View]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watched(self, status: jobs.Status, token: int | None) -> AsyncIterator[View]:
        """A view of a job, from its ``status`` on; it ends with the token, or with this process."""
        view = View(status)
        self._views.setdefault(status.id, set()).add(view)
        if self._looking is None:
            nobodys = contextvars.Context()  # not the request's of who happened to come first
            self._looking = asyncio.create_task(self._look_on(), context=nobodys)
        try:
            with self._holders.watching(token, partial(_end, view)):
                yield view
        finally:
            self._leave(view)

    def _leave(self, view: View) -> None:
        views = self._views[view.status.id]
        views.discard(view)
        if not views:
            del self._views[view.status.id]

    async def _look_on(self) -> None:
        try:
            stopping = self._api.stopping
            await rounds.rounds(stopping, _LOOK_SECONDS, lambda: self._views, self._look)
        finally:
            self._looking = None
            for view in self._all():
                _end(view)

    async def _look(self) -> None:
        try:
            async with self._api.database.connection() as connection:
                seen = await jobs.statuses(connection, self._views)
        except pool.DATABASE_AWAY:
            log.warning("database_away", watched=len(self._views))
            return
        for view in self._all():
            now = seen.get(view.status.id, view.status)
            if now != view.status:
                view.status = now
                view.changed.set()

    def _all(self) -> list[View]:
        return [view for views in self._views.values() for view in views]


def _end(view: View) -> None:
    view.ended = True
    view.changed.set()
