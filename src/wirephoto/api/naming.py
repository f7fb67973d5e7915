"""The name of a request: in every line of the log about it, and in its answer."""

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=+/-]{0,127}")


def current() -> str:
    """The name of the request that we are answering."""
    return str(structlog.contextvars.get_contextvars()["request"])


def name(given: str | None) -> str:
    """What the client calls its request where that is an id, else a new one: 96 bits."""
    if given is not None and _WELL_FORMED.fullmatch(given):
        return given
    return secrets.token_hex(12)


class Named:
    """Middleware, the outermost: names a request, and tells its name to log and client."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = name(Headers(scope=scope).get(HEADER))

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request):
            await self._app(scope, receive, send_named)
