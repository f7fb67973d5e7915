"""``/jobs/live``: the newest jobs as they move, by server-sent events.

All who watch the same list share one look at it, and what pages of their language are told of it;
their tokens are looked at together (``api.holders``). A fragment goes out when something changed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field

import fastapi
import fastapi.sse

from wirephoto import wiring
from wirephoto.api import holders, services
from wirephoto.db import pool
from wirephoto.web import jobs, pages, routing, sessions

router = routing.router()
SECONDS = 2.0  # between two looks; a page that hears nothing for five says so


@dataclass(slots=True)
class _List:
    watched: int = 0
    seen: jobs.Look | None = None
    at: float = 0.0
    told: dict[str, str] = field(default_factory=dict)  # by language
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What somebody watches, and in which language."""

    project: int
    wanted: jobs.Filter
    language: str


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
    lists, holding = request.app.state.lists, request.app.state.holders
    assert isinstance(lists, Lists)
    assert isinstance(holding, holders.Holders)
    shown = _Shown(visitor.project, wanted, pages.language(request))
    events = _events(api, lists, holding, visitor.token, shown)
    return fastapi.sse.EventSourceResponse(events, headers={"X-Accel-Buffering": "no"})


async def _events(
    api: wiring.Api,
    lists: Lists,
    holding: holders.Holders,
    token: int | None,
    shown: _Shown,
) -> AsyncIterator[bytes]:
    ended = asyncio.Event()
    sent = ""
    with lists.watched(shown.project, shown.wanted) as one, holding.watching(token, ended.set):
        while not ended.is_set():
            text = await _told(api, one, shown) or sent
            if text != sent:
                sent = text
                yield fastapi.sse.format_sse_event(data_str=text)
            else:
                yield fastapi.sse.format_sse_event(event="beat", data_str="beat")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), SECONDS)


async def _told(api: wiring.Api, one: _List, shown: _Shown) -> str | None:
    """A look of the last seconds, as a page tells it. None: there never was one."""
    async with one.one_at_a_time:
        await _look(api, one, shown)
        if one.seen is not None and shown.language not in one.told:
            one.told[shown.language] = pages.fragment(
                "jobs_live.html",
                shown.language,
                first=True,
                **one.seen.shown(),
                **asdict(shown.wanted),
            )
        return one.told.get(shown.language)


async def _look(api: wiring.Api, one: _List, shown: _Shown) -> None:
    """Who comes first looks for all."""
    clock = asyncio.get_running_loop().time
    if one.seen is not None and clock() - one.at <= SECONDS / 2:
        return
    one.at = clock()
    with contextlib.suppress(*pool.DATABASE_AWAY):
        async with api.database.connection() as connection:
            one.seen = await jobs.look(connection, shown.project, shown.wanted)
        one.told.clear()
