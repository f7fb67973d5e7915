"""What moves on a page: fragments by server-sent events, at most two a second.

All who watch a job share one look at it (``api.board``). A fragment goes out when something
changed; htmx puts its parts in place by their ids.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import fastapi
import fastapi.sse

from wirephoto.api import board, services, status
from wirephoto.db import jobs as rows
from wirephoto.db import pool
from wirephoto.web import jobs, origins, pages, progress, routing, sessions

router = routing.router()
_BEAT_SECONDS = 2.0  # a page that hears nothing for five says so
_WINDOW_SECONDS = 10.0  # over which the pace is taken


class Pace:
    """Images a second over the last ten seconds of looking."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, now: float, done: int) -> float | None:
        """None until there are two looks."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_SECONDS:  # noqa: PLR2004 - a span has two ends
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now > since else None


@router.get("/jobs/{public_id}/live")
async def live(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given, public_id: str
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await jobs.find(connection, visitor.project, public_id)
    watching = request.app.state.board
    assert isinstance(watching, board.Board)
    about = partial(origins.shown, request, api, visitor, found.id)
    events = _events(watching, found, visitor, pages.language(request), about)
    return fastapi.sse.EventSourceResponse(events, headers={"X-Accel-Buffering": "no"})


async def _events(
    watching: board.Board,
    found: rows.Status,
    visitor: sessions.Visitor,
    language: str,
    about: Callable[[], Awaitable[dict[str, Any]]],
) -> AsyncIterator[bytes]:
    pace = Pace()
    clock = asyncio.get_running_loop().time
    sent: dict[str, str] = {}
    async with watching.watched(found, visitor.token) as view:
        while True:
            seen = progress.of(view.status, pace.at(clock(), view.status.done))
            parts: dict[str, dict[str, Any]] = {"live.html": {}}
            if (given := await _unless_away(about)).get("origins"):
                parts["origins_live.html"] = given
            for name, values in parts.items():
                text = pages.fragment(name, language, seen=seen, visitor=visitor, **values)
                if sent.get(name) != text:
                    sent[name] = text
                    yield fastapi.sse.format_sse_event(data_str=text)
            if view.status.state in status.FINISHED:
                yield fastapi.sse.format_sse_event(event="end", data_str="end")
            if view.ended or view.status.state in status.FINISHED:
                return
            if not await _changed(view):
                yield fastapi.sse.format_sse_event(event="beat", data_str="beat")


async def _unless_away(about: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Nothing while the database is away: the page keeps what it has, and the stream lives on."""
    try:
        return await about()
    except pool.DATABASE_AWAY:
        return {}


async def _changed(view: board.View) -> bool:
    try:
        await asyncio.wait_for(view.changed.wait(), _BEAT_SECONDS)
    except TimeoutError:
        return False
    view.changed.clear()
    return True
