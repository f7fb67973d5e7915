"""In and out: by a token of a scope for pages, or by the link that ``serve`` prints once."""

import hmac
import secrets
import time

import fastapi
import fastapi.responses

from wirephoto import wiring
from wirephoto.api import services
from wirephoto.db import sessions as rows
from wirephoto.db import tokens as token_rows
from wirephoto.project import tokens
from wirephoto.web import forms, pages, routing, sessions

router = routing.router()
_LINK_SECONDS = 900.0
_OPERATORS = sorted(sessions.LETS_IN | {sessions.METRICS})  # who starts the program has it all


class Link:
    """A way in for who started ``serve``: a word that counts once, and for a quarter of an hour."""

    def __init__(self) -> None:
        self.word = secrets.token_urlsafe(24)
        self._until = time.monotonic() + _LINK_SECONDS

    def take(self, word: str) -> bool:
        """Whether it is the word; from then on it is none."""
        fits = bool(self.word) and hmac.compare_digest(self.word.encode(), word.encode())
        if fits:
            self.word = ""
        return fits and time.monotonic() < self._until


@router.get("/signin")
async def form(
    request: fastapi.Request, api: services.Given, once: str | None = None
) -> fastapi.Response:
    if once is None:
        return pages.page(request, "signin.html", None, problem="")
    link = getattr(request.app.state, "link", None)
    if not isinstance(link, Link) or not link.take(once):
        problem = (
            "This link was used or is too old. Start wirephoto again, or sign in with a token."
        )
        return pages.page(request, "signin.html", None, 403, problem=problem)
    return await _by_link(request, api)


async def _by_link(request: fastapi.Request, api: wiring.Api) -> fastapi.Response:
    answer = fastapi.responses.RedirectResponse("/jobs", routing.SEE_OTHER)
    async with api.database.connection() as connection:
        project = await rows.project(connection, "default") or min(api.projects)
        owner = rows.Session(project, "default", None, None, _OPERATORS)
        secure = sessions.is_secure(request, api.settings.public_url)
        await sessions.open_session(connection, answer, owner, stay=False, secure=secure)
    return answer


@router.post("/signin")
async def enter(
    request: fastapi.Request,
    api: services.Given,
) -> fastapi.Response:
    sessions.refuse_foreign(request)
    fields = await forms.read(request)
    async with api.database.connection() as connection:
        found = await token_rows.find(connection, tokens.digest(fields.get("token", "").strip()))
        problem = _problem(found)
        if problem or found is None:
            return pages.page(request, "signin.html", None, 403, problem=problem)
        owner = rows.Session(found.project_id, found.handle, found.id, found.name, found.scopes)
        answer = fastapi.responses.RedirectResponse("/jobs", routing.SEE_OTHER)
        secure = sessions.is_secure(request, api.settings.public_url)
        await sessions.open_session(connection, answer, owner, stay="stay" in fields, secure=secure)
        await token_rows.used(connection, found.id)
    return answer


def _problem(found: token_rows.Found | None) -> str:
    if found is None:
        return "This is no token of this installation."
    if found.revoked:
        return "This token was revoked. Ask your operator for a new one."
    if found.expired:
        return "This token expired. Ask your operator for a new one."
    if not sessions.LETS_IN & set(found.scopes):
        return "This token may not use the page: it needs the scope ui:read, ui:write or ui:admin."
    return ""


@router.post("/signout")
async def leave(request: fastapi.Request, api: services.Given) -> fastapi.Response:
    sessions.refuse_foreign(request)
    cookie = request.cookies.get(sessions.COOKIE)
    if cookie:
        async with api.database.connection() as connection:
            await rows.delete(connection, sessions.digest(cookie))
    answer = fastapi.responses.RedirectResponse("/signin", routing.SEE_OTHER)
    answer.delete_cookie(sessions.COOKIE)
    return answer
