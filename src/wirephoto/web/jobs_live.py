"""``/jobs/live``: the newest jobs as they move, by server-sent events.

All who watch the same list share one look at it, however many they are. A fragment goes out when
something changed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field

import fastapi
import fastapi.sse

from wirephoto import wiring
from wirephoto.api import services
from wirephoto.db import pool, tokens
from wirephoto.web import jobs, pages, routing, sessions

router = routing.router()
_SECONDS = 2.0  # between two looks; a page that hears nothing for five says so


@dataclass(slots=True)
class _List:
    watched: int = 0
    seen: jobs.Look | None = None
    at: float = 0.0
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


class Lists:
    """What is watched, by project and filter; nothing is kept of a list that nobody watches."""

    def __init__(self) -> None:
        self._lists: dict[tuple[int, jobs.Filter], _List] = {}

    @contextlib.contextmanager
    def watched(self, project: int, wanted: jobs.Filter) -> Iterator[_List]:
        key = (project, wanted)
        one = self._lists.setdefault(key, _List())
        one.watched += 1
        try:
            yield one
        finally:
            one.watched -= 1
            if not one.watched:
                self._lists.pop(key, None)


@router.get("/jobs/live")
async def live(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given, wanted: jobs.Filtered
) -> fastapi.Response:
    lists = request.app.state.lists
    assert isinstance(lists, Lists)
    events = _events(api, lists, visitor, wanted, pages.language(request))
    return fastapi.sse.EventSourceResponse(events, headers={"X-Accel-Buffering": "no"})


async def _events(
    api: wiring.Api, lists: Lists, visitor: sessions.Visitor, wanted: jobs.Filter, language: str
) -> AsyncIterator[bytes]:
    sent = ""
    with lists.watched(visitor.project, wanted) as one:
        while not api.stopping.is_set():
            seen = await _look(api, one, visitor.project, wanted)
            if not await _may_watch(api, visitor):
                return
            text = _told(seen, visitor, wanted, language) if seen else sent
            if text != sent:
                sent = text
                yield fastapi.sse.format_sse_event(data_str=text)
            else:
                yield fastapi.sse.format_sse_event(event="beat", data_str="beat")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(api.stopping.wait(), _SECONDS)


def _told(seen: jobs.Look, visitor: sessions.Visitor, wanted: jobs.Filter, language: str) -> str:
    return pages.fragment(
        "jobs_live.html", language, visitor=visitor, first=True, **seen.shown(), **asdict(wanted)
    )


async def _look(api: wiring.Api, one: _List, project: int, wanted: jobs.Filter) -> jobs.Look | None:
    """A look of the last seconds: who comes first looks for all. None: there never was one."""
    clock = asyncio.get_running_loop().time
    async with one.one_at_a_time:
        if one.seen is None or clock() - one.at > _SECONDS / 2:
            one.at = clock()
            with contextlib.suppress(*pool.DATABASE_AWAY):
                async with api.database.connection() as connection:
                    one.seen = await jobs.look(connection, project, wanted)
    return one.seen


async def _may_watch(api: wiring.Api, visitor: sessions.Visitor) -> bool:
    """Whether the token still counts; while the database is away it does."""
    if visitor.token is None:
        return True
    with contextlib.suppress(*pool.DATABASE_AWAY):
        async with api.database.connection() as connection:
            return visitor.token in await tokens.in_force(connection, [visitor.token])
    return True
