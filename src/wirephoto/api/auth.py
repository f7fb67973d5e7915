"""Bearer tokens and scopes. A token is hashed as it comes, and looked up by its digest."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

import fastapi
import fastapi.security

from wirephoto import errors, wiring
from wirephoto.api import services
from wirephoto.db import tokens as rows
from wirephoto.project import tokens

READ = "public-api:read"
WRITE = "public-api:write"
METRICS = "metrics:read"  # of the whole installation, whatever the token's project
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_bearer = fastapi.security.HTTPBearer(
    auto_error=False, description="A token that `wirephoto token create` printed."
)
_Credentials = Annotated[
    fastapi.security.HTTPAuthorizationCredentials | None, fastapi.Depends(_bearer)
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: rows of the token and of its one project."""

    token: int
    project: int
    handle: str


def _unauthorized(problem: str) -> errors.Unauthorized:
    return errors.Unauthorized({"access_token": problem}, headers=_CHALLENGE)


def requires(scope: str) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency that lets in tokens with ``scope``."""

    async def caller(given: _Credentials, api: services.Given) -> Caller:
        return await _caller(given, api, scope)

    return caller


async def _caller(
    given: fastapi.security.HTTPAuthorizationCredentials | None, api: wiring.Api, scope: str
) -> Caller:
    if given is None or not given.credentials:
        raise _unauthorized("The access token is missing.")
    if not tokens.is_well_formed(given.credentials):
        raise _unauthorized("The access token is unknown.")
    async with api.database.connection() as connection:
        found = await rows.find(connection, tokens.digest(given.credentials))
        if found is None:
            raise _unauthorized("The access token is unknown.")
        if found.revoked:
            raise _unauthorized("The access token was revoked.")
        if found.expired:
            raise _unauthorized("The access token expired.")
        if scope not in found.scopes:
            raise errors.Forbidden({"access_token": "The request requires higher privileges"})
        if found.unseen:
            await rows.used(connection, found.id)
    return Caller(found.id, found.project_id, found.handle)


Reader = Annotated[Caller, fastapi.Depends(requires(READ))]
Writer = Annotated[Caller, fastapi.Depends(requires(WRITE))]
Monitor = Annotated[Caller, fastapi.Depends(requires(METRICS))]
