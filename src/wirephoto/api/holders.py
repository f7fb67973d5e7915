"""The tokens of those who watch: asked for all at once every two seconds, however many watch."""

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog

from wirephoto import wiring
from wirephoto.api import rounds
from wirephoto.db import pool, tokens

_LOOK_SECONDS = 2.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Holder:
    token: int | None
    end: Callable[[], None]


class Holders:
    """Those who watch in this process, and the one look at their tokens."""

    def __init__(self, api: wiring.Api) -> None:
        self._api = api
        self._holders: set[_Holder] = set()
        self._looking: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watching(self, token: int | None, end: Callable[[], None]) -> Iterator[None]:
        """While this lasts, ``end`` is called once the token counts no more, or we stop.

        None is no token: its holder may watch for as long as we live. While the database is away
        all tokens count.
        """
        holder = _Holder(token, end)
        self._holders.add(holder)
        if self._api.stopping.is_set():
            end()
        elif self._looking is None:
            nobodys = contextvars.Context()  # not the request's of who happened to come first
            self._looking = asyncio.create_task(self._look_on(), context=nobodys)
        try:
            yield
        finally:
            self._holders.discard(holder)

    async def _look_on(self) -> None:
        try:
            stopping = self._api.stopping
            await rounds.rounds(stopping, _LOOK_SECONDS, lambda: self._holders, self._look)
        finally:
            self._looking = None
            for holder in self._holders:
                holder.end()

    async def _look(self) -> None:
        asked = {one.token for one in self._holders if one.token is not None}
        if not asked:
            return
        try:
            async with self._api.database.connection() as connection:
                over = asked - await tokens.in_force(connection, asked)
        except pool.DATABASE_AWAY:
            log.warning("database_away", watched=len(self._holders))
            return
        for holder in self._holders:
            if holder.token in over:
                holder.end()
