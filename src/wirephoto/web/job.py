"""``/jobs/{id}``: one import, why pictures failed in it, and what can be done about that."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import fastapi
import fastapi.responses

from wirephoto import errors
from wirephoto.api import rows as download
from wirephoto.api import services, status
from wirephoto.db import deliveries, pool, views
from wirephoto.db import jobs as rows
from wirephoto.pipeline import finish
from wirephoto.pipeline.accept import job, retry
from wirephoto.web import causes, jobs, origins, pages, progress, routing, sessions, words

router = routing.router()
_PAGE = 50
_FILM = 12
State = Literal["success", "skipped", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of failures: what happened, what to do, and one of them."""

    found: views.Cause
    title: str
    advice: str
    host: str
    path: str


@router.get("/jobs/{public_id}")
async def job_(
    request: fastapi.Request,
    visitor: sessions.Reader,
    api: services.Given,
    public_id: str,
    state: State | None = None,
    code: Annotated[str | None, fastapi.Query(max_length=40)] = None,
    after: Annotated[int, fastapi.Query(ge=-1, le=2**31 - 1)] = -1,
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await jobs.find(connection, visitor.project, public_id)
        images = await views.images(
            connection, found.id, state=state, code=code, after=after, limit=_PAGE + 1
        )
        given: dict[str, Any] = {
            "seen": progress.of(found),
            "details": await views.details(connection, found.id),
            "causes": await _causes(request, connection, found),
            "film": (await jobs.latest(connection, [found], _FILM))[found.id],
            "deliveries": await deliveries.of_job(connection, found.id),
            "tries": await deliveries.tries(connection, found.id),
        }
    return pages.page(
        request,
        "job.html",
        visitor,
        images=images[:_PAGE],
        **await origins.shown(request, api, visitor, found.id),
        following=images[_PAGE - 1].position if len(images) > _PAGE else None,
        state=state,
        code=code,
        first=after < 0,
        host=host,
        bare=bare,
        **given,
    )


async def _causes(
    request: fastapi.Request, connection: pool.Connection, found: rows.Status
) -> list[Cause]:
    kept = request.app.state.causes
    assert isinstance(kept, causes.Kept)
    return [_cause(one.found, one.url) for one in await kept.of(connection, found)]


def _cause(found: views.Cause, url: str) -> Cause:
    title, advice = words.ADVICE.get(found.code, (found.code, ""))
    return Cause(found, title, advice, host(url), _path(url))


def host(url: str) -> str:
    """Of a picture's URL, with its port."""
    return urlsplit(url).netloc.rpartition("@")[2]


def bare(url: str) -> str:
    """A URL as it may be shown: without credentials, its query told but not said."""
    return f"{urlsplit(url).scheme}://{host(url)}{_path(url)}"


def _path(url: str) -> str:
    """Never the query: it may carry a signature."""
    parts = urlsplit(url)
    return parts.path + ("?…" if parts.query else "")


@router.get("/jobs/{public_id}/failed.csv")
async def failed(visitor: sessions.Reader, api: services.Given, public_id: str) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await jobs.find(connection, visitor.project, public_id)
    return download.file(api, found, "failed", "csv")


@router.post("/jobs/{public_id}/retry")
async def retry_(posted: sessions.Writer, api: services.Given, public_id: str) -> fastapi.Response:
    visitor, code = posted.visitor, posted.fields.get("code")
    served = services.served(api, visitor.project, visitor.handle)
    if "\0" in public_id:
        raise errors.NotFound(status.NO_JOB)
    owner = job.Owner(served.project, served.snapshot, visitor.token)
    codes = [code] if code else None
    made = await retry.write(api.database, api.app, owner, public_id, codes)
    return _to(made)


@router.post("/jobs/{public_id}/cancel")
async def cancel(posted: sessions.Writer, api: services.Given, public_id: str) -> fastapi.Response:
    async with api.database.connection() as connection, connection.transaction():
        found = await jobs.find(connection, posted.visitor.project, public_id)
        ended = await finish.cancel(connection, found.id)
    finish.tell(ended)
    return _to(public_id)


@router.post("/jobs/{public_id}/deliveries/{delivery}/resend")
async def resend(
    posted: sessions.Writer, api: services.Given, public_id: str, delivery: str
) -> fastapi.Response:
    async with api.database.connection() as connection, connection.transaction():
        found = await jobs.find(connection, posted.visitor.project, public_id)
        if "\0" in delivery or not await deliveries.resend(connection, found.id, delivery):
            raise errors.NotFound({"delivery": "This import has no delivery with this id."})
    return _to(public_id)


def _to(public_id: str) -> fastapi.Response:
    return fastapi.responses.RedirectResponse(f"/jobs/{public_id}", routing.SEE_OTHER)
