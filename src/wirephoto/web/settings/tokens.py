"""``/settings/tokens``: the tokens of a project. One is made, shown once, and ended at once."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import fastapi
import fastapi.responses
import structlog

from wirephoto import errors, wiring
from wirephoto.api import services
from wirephoto.db import tokens as rows
from wirephoto.project import tokens
from wirephoto.web import pages, routing, sessions

router = routing.router()
log = structlog.get_logger(__name__)
SHOWN = 300
_MOST_NAME = 100
DAYS = (30, 90, 365, None)
# In the order of a form; what each lets its owner do.
MAY = {
    "public-api:write": "Import by the API, follow jobs, edit",
    "public-api:read": "Read and search the library by the API",
    "ui:read": "Look at these pages",
    "ui:write": "Import, retry, edit and revoke on these pages",
    "ui:admin": "All of this, and make and revoke tokens of this project",
    "metrics:read": "Metrics and health of the whole installation",
}
Number = Annotated[int, fastapi.Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Wish:
    """A token as somebody asks for it; ``days`` None: no end of its own."""

    name: str
    scopes: frozenset[str]
    days: int | None


_NOTHING = Wish("", frozenset(), 365)


@router.get("/settings/tokens")
async def list_(
    request: fastapi.Request,
    visitor: sessions.Reader,
    api: services.Given,
    revoke: Annotated[int | None, fastapi.Query(ge=1, le=2**31 - 1)] = None,
    revoked: Annotated[str, fastapi.Query(max_length=_MOST_NAME)] = "",
) -> fastapi.Response:
    visitor.must(sessions.ADMIN)
    return await _page(request, visitor, api, asked=revoke, revoked=revoked)


@router.post("/settings/tokens")
async def make(
    request: fastapi.Request, posted: sessions.Own, api: services.Given
) -> fastapi.Response:
    """The answer shows the token: it is nowhere else, so there is nothing to be led to."""
    visitor = posted.visitor
    visitor.must(sessions.ADMIN)
    wish, problems = _read(posted.fields)
    refused = wish.scopes - tokens.grantable(visitor.scopes)
    if refused:
        raise errors.Forbidden({"scope": f"This needs the scope {min(refused)}"})
    minted = tokens.mint()
    if not problems and not await _give(api, visitor, wish, minted):
        problems = {"name": "A token of this name is in force. Choose another name."}
    if problems:
        return await _page(request, visitor, api, 400, wish=wish, problems=problems)
    return await _page(request, visitor, api, made=wish.name, minted=minted)


async def _give(api: wiring.Api, visitor: sessions.Visitor, wish: Wish, minted: str) -> int | None:
    gift = rows.Gift(
        project=visitor.project,
        maker=visitor.token,
        name=wish.name,
        digest=tokens.digest(minted),
        scopes=sorted(wish.scopes),
        days=wish.days,
    )
    async with api.database.connection() as connection, connection.transaction():
        made = await rows.give(connection, gift)
    if made:
        by = visitor.token  # the number of its row
        log.info("token_made", token=made, by=by, scopes=gift.scopes)
    return made


def _read(fields: dict[str, str]) -> tuple[Wish, dict[str, str]]:
    name = fields.get("name", "").strip()
    scopes = frozenset(scope for scope in tokens.SCOPES if f"scope.{scope}" in fields)
    days = {str(days): days for days in DAYS if days}.get(fields.get("days", ""))
    problems = {}
    if not name or len(name) > _MOST_NAME or not name.isprintable():
        problems["name"] = "A name has 1 to 100 characters, in one line."
    if not scopes:
        problems["scopes"] = "Choose at least one."
    return Wish(name, scopes, days), problems


@router.post("/settings/tokens/{number}/revoke")
async def revoke_(posted: sessions.Own, api: services.Given, number: Number) -> fastapi.Response:
    visitor = posted.visitor
    visitor.must(sessions.ADMIN)
    may = tokens.grantable(visitor.scopes)
    async with api.database.connection() as connection:
        name = await rows.take(connection, visitor.project, number, may)
    if name is None:
        raise errors.NotFound({"token": "There is no such token in force."})
    by = visitor.token
    log.info("token_revoked", token=number, by=by)
    to = f"/settings/tokens?{urlencode({'revoked': name[:_MOST_NAME]})}"
    return fastapi.responses.RedirectResponse(to, routing.SEE_OTHER)


async def _page(
    request: fastapi.Request,
    visitor: sessions.Visitor,
    api: wiring.Api,
    status: int = 200,
    **given: Any,
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await rows.of_project(connection, visitor.project, SHOWN + 1)
    may = tokens.grantable(visitor.scopes)
    shown: dict[str, Any] = {"wish": _NOTHING, "problems": {}, "made": "", "asked": None}
    shown |= {"revoked": "", "minted": "", "days": DAYS}
    return pages.page(
        request,
        "settings_tokens.html",
        visitor,
        status,
        tokens=found[:SHOWN],
        more=len(found) > SHOWN,
        may=may,
        words={scope: said for scope, said in MAY.items() if scope in may},
        **(shown | given),
    )
