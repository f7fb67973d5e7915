"""Errors to HTTP answers: the one shape of the contract, in one place."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

import fastapi
import fastapi.exceptions
import msgspec
import starlette.exceptions
import structlog

from wirephoto import errors
from wirephoto.db import pool

RETRY_AFTER_SECONDS = 5
# Python's words depend on its version; these are Node's, which clients of Livingdocs know.
_PHRASES = {
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Entity",
}
log = structlog.get_logger(__name__)


def answer(
    status: int, details: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> fastapi.Response:
    """``{"status", "error", "error_details"}``."""
    body = {
        "status": status,
        "error": _PHRASES.get(status) or HTTPStatus(status).phrase,
        "error_details": dict(details),
    }
    return fastapi.Response(
        msgspec.json.encode(body),
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


async def _http_exception(_: fastapi.Request, fault: Exception) -> fastapi.Response:
    assert isinstance(fault, starlette.exceptions.HTTPException)
    topic = {404: "path", 405: "method"}.get(fault.status_code, "request")
    return answer(fault.status_code, {topic: str(fault.detail)}, fault.headers)


async def _invalid_parameters(_: fastapi.Request, fault: Exception) -> fastapi.Response:
    assert isinstance(fault, fastapi.exceptions.RequestValidationError)
    return answer(400, {_name_of(one): one["msg"] for one in fault.errors()})


def _name_of(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"][1:]) or "request"


async def _database_error(request: fastapi.Request, fault: Exception) -> fastapi.Response:
    if pool.unavailable(fault):
        log.warning("database_away", path=request.url.path)
        return unavailable()
    return await _internal(request, fault)


async def _internal(request: fastapi.Request, fault: Exception) -> fastapi.Response:
    log.error("request_failed", method=request.method, path=request.url.path, exc_info=fault)
    return answer(500, {"internal": "A fault of ours; the log has it."})


_Handler = Callable[[fastapi.Request, Any], Coroutine[Any, Any, fastapi.Response]]


def handlers() -> dict[int | type[Exception], _Handler]:
    """What turns what into an answer."""
    return {
        errors.RequestError: _request_error,
        starlette.exceptions.HTTPException: _http_exception,
        fastapi.exceptions.RequestValidationError: _invalid_parameters,
        Exception: _internal,
        **dict.fromkeys(pool.DATABASE_AWAY, _database_error),
    }
