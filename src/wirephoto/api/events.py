"""``import/images/{id}/events``: the counters of a job as they change, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import fastapi
import fastapi.sse
import msgspec

from wirephoto.api import auth, board, jobs, schemas, services, status, versions
from wirephoto.db import jobs as rows

router = fastapi.APIRouter(prefix="/import/images", tags=["import"])
_BEAT_SECONDS = 15.0  # less than what a proxy waits for a word
_RECONNECT_MILLISECONDS = 2000


@router.get(
    "/{id}/events",
    response_class=fastapi.Response,
    summary="The counters of a job as they change",
    description="Server-sent events; `data` is the job's status without rows. The last one has "
    "`finished: true`, then the stream ends. A browser that comes back with the id of that last "
    "event gets 204, and stays away.",
    responses=schemas.responses(
        {
            200: {
                "description": "Events.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            204: {"description": "The job has ended, and `Last-Event-ID` says that you know."},
        },
        *(400, 401, 403, 404, 410),
    ),
)
async def events(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: jobs.Id,  # noqa: A002 - its name on the wire
    last: Annotated[str | None, fastapi.Header(alias="Last-Event-ID")] = None,
) -> fastapi.Response:
    found = await status.find(api, caller, id)
    if found.state in status.FINISHED and last == _id(found):
        return fastapi.Response(status_code=204)
    watching = request.app.state.board
    assert isinstance(watching, board.Board)
    return fastapi.sse.EventSourceResponse(
        _events(watching, found, caller.token), headers={"X-Accel-Buffering": "no"}
    )


async def _events(watching: board.Board, found: rows.Status, token: int) -> AsyncIterator[bytes]:
    yield _event(found, retry=_RECONNECT_MILLISECONDS)
    if found.state in status.FINISHED:
        return
    async with watching.watched(found, token) as view:
        while not view.ended:
            try:
                await asyncio.wait_for(view.changed.wait(), _BEAT_SECONDS)
            except TimeoutError:
                yield fastapi.sse.KEEPALIVE_COMMENT
                continue
            view.changed.clear()
            if view.ended:
                return
            yield _event(view.status)
            if view.status.state in status.FINISHED:
                return


def _event(found: rows.Status, retry: int | None = None) -> bytes:
    data = msgspec.json.encode(status.head(found)).decode()
    return fastapi.sse.format_sse_event(data_str=data, id=_id(found), retry=retry)


def _id(found: rows.Status) -> str:
    """Of an event: what it says, so that who knows the last one need not hear it again."""
    return f"{found.state}-{found.done}"
