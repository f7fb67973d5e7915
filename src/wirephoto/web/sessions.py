"""Who is signed in: a cookie, a row, and a word that every form carries.

The cookie is 256 random bits; the table keeps its SHA-256. A form's ``csrf`` is an HMAC under the
cookie: another site can send a form in somebody's name, but cannot know it.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import fastapi

from wirephoto import errors
from wirephoto.api import services
from wirephoto.db import pool
from wirephoto.db import sessions as rows
from wirephoto.project import tokens
from wirephoto.web import forms

COOKIE = "wirephoto_session"
READ, WRITE, ADMIN, METRICS = "ui:read", "ui:write", tokens.ADMIN, "metrics:read"
LETS_IN = frozenset({READ, WRITE, ADMIN})
HOURS, DAYS = 12, 30
_MOST_FORM_BYTES = 1_048_576  # an entry's metadata fits, as in the API
_HOUR_SECONDS, _DAY_SECONDS = 3600, 86_400


class SignedOut(Exception):
    """The page is for people who are signed in."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page; ``csrf`` is what their forms must carry."""

    cookie: str
    project: int
    handle: str
    token: int | None
    name: str
    scopes: frozenset[str]

    @property
    def may_write(self) -> bool:
        return self.may(WRITE)

    def may(self, scope: str) -> bool:
        """Whether they have it; an admin has all of the project."""
        return scope in self.scopes or scope in tokens.grantable(self.scopes)

    def must(self, scope: str) -> None:
        """Raises errors.Forbidden where they may not."""
        if not self.may(scope):
            raise errors.Forbidden({"scope": f"This needs the scope {scope}"})

    @property
    def csrf(self) -> str:
        return hmac.new(self.cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()


async def open_session(
    connection: pool.Connection,
    response: fastapi.Response,
    owner: rows.Session,
    *,
    stay: bool,
    secure: bool,
) -> None:
    """Sign somebody in, for twelve hours or for thirty days."""
    cookie = secrets.token_urlsafe(32)
    seconds = DAYS * _DAY_SECONDS if stay else HOURS * _HOUR_SECONDS
    await rows.insert(
        connection,
        digest=digest(cookie),
        project=owner.project_id,
        token=owner.token_id,
        scopes=owner.scopes,
        seconds=seconds,
    )
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=seconds if stay else None,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def is_secure(request: fastapi.Request, public_url: str | None) -> bool:
    """Whether browsers reach us by https alone."""
    return (public_url or "").startswith("https://") or request.url.scheme == "https"


async def _visitor(request: fastapi.Request, api: services.Given) -> Visitor:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise SignedOut
    async with api.database.connection() as connection:
        found = await rows.find(connection, digest(cookie))
    if found is None:
        raise SignedOut
    return Visitor(
        cookie,
        found.project_id,
        found.handle,
        found.token_id,
        found.token_name or "",
        frozenset(found.scopes),
    )


Reader = Annotated[Visitor, fastapi.Depends(_visitor)]


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that is its visitor's own."""

    visitor: Visitor
    fields: dict[str, str]


async def _posted(request: fastapi.Request, visitor: Reader) -> Posted:
    """What somebody posted.

    Raises:
        errors.Forbidden: it is another site's.
    """
    refuse_foreign(request)
    fields = await forms.read(request, _MOST_FORM_BYTES)
    given = fields.get("csrf", "")
    if not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
        raise errors.Forbidden({"csrf": "The form is out of date"})
    return Posted(visitor, fields)


Own = Annotated[Posted, fastapi.Depends(_posted)]


def _written(posted: Own) -> Posted:
    posted.visitor.must(WRITE)
    return posted


Writer = Annotated[Posted, fastapi.Depends(_written)]
"""A form from one who may change things; others are Forbidden."""


def refuse_foreign(request: fastapi.Request) -> None:
    """Forms of other sites, by what browsers say of where they come from.

    Raises:
        errors.Forbidden: this one is of another site.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    elsewhere = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if site not in {"same-origin", "none"} or elsewhere:
        raise errors.Forbidden({"csrf": "The form is out of date"})
