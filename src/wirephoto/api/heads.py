"""What the head of a request may hold, looked at before anything else reads it."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from wirephoto.api import errors

MOST_FIELDS = 100
MOST_PATH_BYTES = 4096
MOST_QUERY_BYTES = 32_768  # a thousand ids fit
MOST_PARAMETERS = 100
# RFC 9110, 7.2: a host and perhaps a port. URLs in answers may be made of it.
_HOST = re.compile(
    r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE
)


class Checked:
    """Middleware that lets pass what is within the bounds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = _fault(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        else:
            status, topic, problem = fault
            await errors.answer(status, {topic: problem})(scope, receive, send)


def _fault(scope: Scope) -> tuple[int, str, str] | None:
    """Status, topic and problem of the first bound that the head breaks."""
    query = scope["query_string"]
    if len(scope["headers"]) > MOST_FIELDS:
        return 431, "headers", f"must be at most {MOST_FIELDS}"
    if len(scope["raw_path"]) > MOST_PATH_BYTES:
        return 414, "path", f"must be at most {MOST_PATH_BYTES} bytes"
    if len(query) > MOST_QUERY_BYTES:
        return 414, "query", f"must be at most {MOST_QUERY_BYTES} bytes"
    if query.count(b"&") >= MOST_PARAMETERS:
        return 400, "query", f"must hold at most {MOST_PARAMETERS} parameters"
    hosts = Headers(scope=scope).getlist("host")
    if any(_HOST.fullmatch(host) is None for host in hosts):
        return 400, "host", "must be a host name or address, and a port where there is one"
    return None
