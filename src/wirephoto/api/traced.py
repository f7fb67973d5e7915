"""A span for each request: only built in where somebody wants traces."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wirephoto import tracing
from wirephoto.api import naming

_TRACEPARENT = "traceparent"  # W3C Trace Context, 3.2


class Traced:
    """Middleware: the trace of who asks goes on in ours."""

    def __init__(self, app: ASGIApp, spans: tracing.Spans) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = Headers(scope=scope).get(_TRACEPARENT)
        with self._spans.request(scope["method"], parent, naming.current()) as span:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.answer(message["status"])
                await send(message)

            try:
                await self._app(scope, receive, noting)
            finally:
                if route := getattr(scope.get("route"), "path", None):
                    span.routed(route)
