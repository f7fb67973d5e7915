"""Errors to HTTP answers: the one shape of the contract, in one place."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import fastapi
import fastapi.exceptions
import fastapi.routing
import msgspec
import starlette.exceptions
import starlette.routing
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wirephoto import errors
from wirephoto.db import pool
from wirephoto.metrics import families

RETRY_AFTER_SECONDS = 5
# Python's words depend on its version; these are Node's, which clients of Livingdocs know.
_PHRASES = {
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Entity",
    429: "Usage Limit Exceeded",
    431: "Request Header Fields Too Large",
}
_PROBLEMS = {
    "missing": "is required",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "bool_parsing": "must be true or false",
}
log = structlog.get_logger(__name__)


def answer(
    status: int, details: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> fastapi.Response:
    """``{"status", "error", "error_details"}``."""
    return _json(_document(status, details), status, headers)


def _document(status: int, details: Mapping[str, str]) -> dict[str, object]:
    return {
        "status": status,
        "error": _PHRASES.get(status) or HTTPStatus(status).phrase,
        "error_details": dict(details),
    }


def _json(document: object, status: int, headers: Mapping[str, str] | None) -> fastapi.Response:
    return fastapi.Response(
        msgspec.json.encode(document),
        status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def unavailable() -> fastapi.Response:
    return answer(
        503,
        {"database": "The database is away; nothing was changed. Try again."},
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


async def _request_error(_: fastapi.Request, fault: Exception) -> fastapi.Response:
    assert isinstance(fault, errors.RequestError)
    return answer(fault.status, fault.details, fault.headers)


async def _over_quota(_: fastapi.Request, fault: Exception) -> fastapi.Response:
    """The public documentation shows this one as an array."""
    assert isinstance(fault, errors.OverQuota)
    return _json([_document(fault.status, fault.details)], fault.status, fault.headers)


async def _http_exception(request: fastapi.Request, fault: Exception) -> fastapi.Response:
    assert isinstance(fault, starlette.exceptions.HTTPException)
    if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods(request))
        return answer(405, {"method": f"must be one of: {allowed}"}, {"Allow": allowed})
    topic = "path" if fault.status_code == HTTPStatus.NOT_FOUND else "request"
    return answer(fault.status_code, {topic: str(fault.detail)}, fault.headers)


def _methods(request: fastapi.Request) -> list[str]:
    """That the path takes, over all of its routes: the framework names those of the first alone."""
    found: set[str] = set()
    for route in fastapi.routing.iter_route_contexts(request.app.routes):
        matched, _ = route.matches(request.scope)
        if matched is not starlette.routing.Match.NONE:
            found.update(route.methods or ())
    return sorted(found)


async def _invalid_parameters(_: fastapi.Request, fault: Exception) -> fastapi.Response:
    assert isinstance(fault, fastapi.exceptions.RequestValidationError)
    return answer(400, {_name_of(one): _problem_of(one) for one in fault.errors()})


def _problem_of(fault: Mapping[str, Any]) -> str:
    """In the words that faults of bodies have."""
    bounds = fault.get("ctx", {})
    if "ge" in bounds:
        return f"must be {bounds['ge']} or more"
    if "le" in bounds:
        return f"must be {bounds['le']} or less"
    if fault["type"] == "literal_error":
        known = str(bounds["expected"]).replace(" or ", ", ").replace("'", "")
        return f"must be one of: {known}"
    return _PROBLEMS.get(fault["type"], str(fault["msg"]))


def _name_of(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"][1:]) or "request"


async def _database_error(request: fastapi.Request, fault: Exception) -> fastapi.Response:
    if pool.unavailable(fault):
        families.DATABASE_ERRORS.add()
        log.warning("database_away", route=_route(request.scope))
        return unavailable()
    raise fault


def _route(scope: Scope) -> str:
    """The path as it was declared: what a client put into it stays out of the log."""
    return str(getattr(scope.get("route"), "path", "none"))


class Caught:
    """Middleware, the last that sees an exception: a 500, or the end of an answer that has begun.

    Not a handler of FastAPI's: Starlette would answer outside of all other middleware, and raise
    the exception once more.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it ends here
            _log(scope, fault, begun=begun)
            if not begun:
                problem = {"internal": "A fault of ours; the log has it."}
                await answer(500, problem)(scope, receive, send)


def _log(scope: Scope, fault: Exception, *, begun: bool) -> None:
    """An answer that has begun is broken off: to return without its end closes the connection."""
    cause = fault.__cause__ if isinstance(fault.__cause__, Exception) else fault
    event = "answer_broken_off" if begun else "request_failed"
    if pool.unavailable(cause):
        log.warning(event, method=scope["method"], route=_route(scope), problem="database away")
    else:
        log.error(event, method=scope["method"], route=_route(scope), exc_info=fault)


_Handler = Callable[[fastapi.Request, Any], Coroutine[Any, Any, fastapi.Response]]


def handlers() -> dict[int | type[Exception], _Handler]:
    """What turns what into an answer."""
    return {
        errors.RequestError: _request_error,
        errors.OverQuota: _over_quota,
        starlette.exceptions.HTTPException: _http_exception,
        fastapi.exceptions.RequestValidationError: _invalid_parameters,
        **dict.fromkeys(pool.DATABASE_AWAY, _database_error),
    }
