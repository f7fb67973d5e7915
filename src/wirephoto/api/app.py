"""The application: its routes, its errors, and what OpenAPI says of it."""

from typing import Any

import fastapi
import fastapi.openapi.utils

from wirephoto import tracing, wiring
from wirephoto.api import (
    assets,
    board,
    deliveries,
    edits,
    errors,
    events,
    headers,
    heads,
    health,
    history,
    holders,
    imports,
    jobs,
    media_library,
    metrics,
    naming,
    registration,
    rows,
    schemas,
    similar,
    status,
    traced,
    uploads,
)

PREFIX = "/api/{version}"
_DOORS = (
    *(imports, uploads, status, jobs, rows, events, deliveries),
    *(registration, media_library, similar, edits, history, assets, health),
)
_DESCRIPTION = """Image import for publishers: post a batch of image URLs, get a job id at once, and
find every picture in the media library, fetched, checked, stored and catalogued exactly once, with
a clear reason for each that failed. Compatible with the Livingdocs public import API."""


def build(services: wiring.Api) -> fastapi.FastAPI:
    """The application over its services."""
    app = fastapi.FastAPI(
        title="wirephoto",
        description=_DESCRIPTION,
        version=wiring.RELEASE,
        exception_handlers=errors.handlers(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.services = services
    app.state.holders = holders.Holders(services)
    app.state.board = board.Board(services, app.state.holders)
    app.state.metrics = metrics.Asker(services)
    for door in _DOORS:
        app.include_router(door.router, prefix=PREFIX)
    app.include_router(metrics.router)
    for middleware in (
        errors.Caught,
        heads.Checked,
        headers.Defaults,
        metrics.Counted,
    ):  # from within
        app.add_middleware(middleware)
    if (spans := tracing.spans()) is not None:
        app.add_middleware(traced.Traced, spans=spans)
    app.add_middleware(naming.Named)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's way to extend it
    return app


def _openapi(app: fastapi.FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = fastapi.openapi.utils.get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        found = document.setdefault("components", {}).setdefault("schemas", {})
        found.update(schemas.components())
        for path in document["paths"].values():
            for operation in path.values():
                if _is_frameworks_own(operation["responses"].get("422", {})):
                    del operation["responses"]["422"]  # ours is 400
        for unused in ("HTTPValidationError", "ValidationError"):
            found.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _is_frameworks_own(answer: dict[str, Any]) -> bool:
    return "HTTPValidationError" in str(answer.get("content"))
