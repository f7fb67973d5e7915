"""What pages answer when it goes wrong: a page, or the way to sign in."""

from collections.abc import Callable, Coroutine
from typing import Any

import fastapi
import fastapi.exceptions
import fastapi.responses
import fastapi.routing
import structlog

from wirephoto import errors
from wirephoto.api import errors as answers
from wirephoto.db import pool
from wirephoto.web import pages, reasons, sessions

SEE_OTHER = 303
_NOT_FOUND = 404
_SIGNED_OUT = 401
log = structlog.get_logger(__name__)


class Route(fastapi.routing.APIRoute):
    """A page's route."""

    def get_route_handler(
        self,
    ) -> Callable[[fastapi.Request], Coroutine[Any, Any, fastapi.Response]]:
        answer = super().get_route_handler()

        async def handle(request: fastapi.Request) -> fastapi.Response:
            try:
                return await answer(request)
            except sessions.SignedOut:
                if "text/event-stream" in request.headers.get("accept", ""):
                    return fastapi.Response(status_code=_SIGNED_OUT)  # it follows no way to a form
                return fastapi.responses.RedirectResponse("/signin", SEE_OTHER)
            except fastapi.exceptions.RequestValidationError:
                return _wrong(request, errors.NotFound({}))
            except errors.RequestError as fault:
                return _wrong(request, fault)
            except pool.DATABASE_AWAY as fault:
                if not pool.unavailable(fault):
                    raise
                log.warning("database_away", route=self.path)
                return _away(request)

        return handle


def router() -> fastapi.APIRouter:
    """For pages: they are no part of the API's contract."""
    return fastapi.APIRouter(route_class=Route, include_in_schema=False)


def _wrong(request: fastapi.Request, fault: errors.RequestError) -> fastapi.Response:
    if fault.status == _NOT_FOUND:
        what = "It may be of another project, or the address is incomplete."
        return pages.wrong(request, fault.status, "The page is not there", what)
    language = pages.language(request)
    said = "; ".join(reasons.said(language, one) for one in fault.details.values())
    return pages.wrong(request, fault.status, "It could not be done", said, fault.headers)


def _away(request: fastapi.Request) -> fastapi.Response:
    what = "Nothing is lost; jobs go on once it is back."
    seconds = str(answers.RETRY_AFTER_SECONDS)
    headers = {"Retry-After": seconds, "Refresh": seconds}
    return pages.wrong(request, 503, "The database does not answer", what, headers)
