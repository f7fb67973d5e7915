"""Jobs that somebody watches: looked at twice a second by one look for all of them.

However many watch, the database is asked once; who reads slowly misses counters in between, and
holds nothing up.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog

from wirephoto import wiring
from wirephoto.db import jobs, pool, tokens

_LOOK_SECONDS = 0.5
_TOKENS_EVERY = 4  # looks: a token that ended keeps its streams for two seconds
log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class View:
    """One who watches; ``changed`` is set when there is something new to see, or no more."""

    status: jobs.Status
    token: int | None
    ended: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Board:
    """The views of this process, and the one look at their jobs."""

    def __init__(self, api: wiring.Api) -> None:
        self._api = api
        self._views: dict[int, set[View]] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watched(self, status: jobs.Status, token: int | None) -> AsyncIterator[View]:
        """A view of a job, from its ``status`` on; it ends with the token, or with this process."""
        view = View(status, token, ended=self._api.stopping.is_set())
        self._views.setdefault(status.id, set()).add(view)
        if self._looking is None:
            nobodys = contextvars.Context()  # not the request's of who happened to come first
            self._looking = asyncio.create_task(self._look_on(), context=nobodys)
        try:
            yield view
        finally:
            self._leave(view)

    def _leave(self, view: View) -> None:
        views = self._views[view.status.id]
        views.discard(view)
        if not views:
            del self._views[view.status.id]

    async def _look_on(self) -> None:
        """Look as long as anybody watches, and not a moment longer than this process is to live."""
        stop = asyncio.create_task(self._api.stopping.wait())
        looks = 0
        try:
            while self._views and not stop.done():
                looks += 1
                look = asyncio.create_task(self._look(with_tokens=looks % _TOKENS_EVERY == 0))
                await asyncio.wait({look, stop}, return_when=asyncio.FIRST_COMPLETED)
                look.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await look
                await asyncio.wait({stop}, timeout=_LOOK_SECONDS)
        finally:
            stop.cancel()
            self._looking = None
            for view in self._all():
                _end(view)

    async def _look(self, *, with_tokens: bool) -> None:
        try:
            async with self._api.database.connection() as connection:
                seen = await jobs.statuses(connection, self._views)
                if with_tokens:
                    await self._look_at_tokens(connection)
        except pool.DATABASE_AWAY:
            log.warning("database_away", watched=len(self._views))
            return
        for view in self._all():
            now = seen.get(view.status.id, view.status)
            if now != view.status:
                view.status = now
                view.changed.set()

    async def _look_at_tokens(self, connection: pool.Connection) -> None:
        asked = {view.token for view in self._all() if view.token is not None}
        over = asked - await tokens.in_force(connection, asked)
        for view in self._all():
            if view.token in over:
                _end(view)

    def _all(self) -> list[View]:
        return [view for views in self._views.values() for view in views]


def _end(view: View) -> None:
    view.ended = True
    view.changed.set()
