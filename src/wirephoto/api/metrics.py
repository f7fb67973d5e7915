"""Metrics for Prometheus: at ``/metrics`` with a token, or on a port of their own without one.

They tell of all projects. Who may ask without a token is therefore decided by the connection:
both of its ends must be in a private network, whatever address the port listens on.
"""

import asyncio
import functools
import ipaddress
from collections.abc import Awaitable, Callable

import fastapi
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wirephoto import settings, wiring
from wirephoto.api import auth, errors
from wirephoto.db import gauges, pool
from wirephoto.metrics import families, machine, text

PATH = "/metrics"
_PATIENCE_SECONDS = 3.0  # with the database
_FRESH_SECONDS = 2.0  # that one answer of the database serves all who ask

router = fastapi.APIRouter(tags=["metrics"], include_in_schema=False)
Page = Callable[[], Awaitable[str]]


class Asker:
    """Asks the database for gauges, once for all who ask at about the same time."""

    def __init__(self, api: wiring.Api) -> None:
        self._api = api
        self._turn = asyncio.Lock()
        self._asked: dict[str, float] | None = None
        self._until = 0.0

    @functools.cached_property
    def _machine(self) -> machine.Looker:
        return machine.Looker(wiring.folders(self._api.settings))

    async def page(self) -> str:
        async with self._turn:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._until:
                self._asked = await self._ask()
                self._until = loop.time() + _FRESH_SECONDS
            return text.page(wiring.RELEASE, await self._machine.look(), self._asked)

    async def _ask(self) -> dict[str, float] | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async with self._api.database.connection(timeout=_PATIENCE_SECONDS) as connection:
                    return await gauges.look(connection)
        except (TimeoutError, *pool.DATABASE_AWAY):
            families.DATABASE_ERRORS.add()
            return None


def counted(given: settings.Settings) -> Page:
    """What this machine counted, where no database is asked."""
    looker = machine.Looker(wiring.folders(given))

    async def page() -> str:
        return text.page(wiring.RELEASE, await looker.look(), asks=False)

    return page


@router.get(PATH, summary="Metrics for Prometheus")
async def read(request: fastapi.Request, _: auth.Monitor) -> fastapi.Response:
    return _answer(await request.app.state.metrics.page())


def _answer(page: str) -> fastapi.Response:
    return fastapi.Response(
        page, headers={"Content-Type": text.MEDIA_TYPE, "Cache-Control": "no-store"}
    )


class Port:
    """The application of the port of their own: ``/metrics`` and nothing else."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await (await self._respond(scope))(scope, receive, send)

    async def _respond(self, scope: Scope) -> fastapi.Response:
        if not (_is_private(scope.get("client")) and _is_private(scope.get("server"))):
            problem = (
                f"Only from within a private network; elsewhere with a token of {auth.METRICS}."
            )
            return errors.answer(403, {"address": problem})
        if scope["path"] != PATH:
            return errors.answer(404, {"path": "Not Found"})
        if scope["method"] not in {"GET", "HEAD"}:
            return errors.answer(405, {"method": "Method Not Allowed"}, {"Allow": "GET, HEAD"})
        return _answer(await self._page())


def _is_private(end: tuple[str, int] | None) -> bool:
    if end is None:
        return False
    try:
        address = ipaddress.ip_address(end[0].partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return not address.ipv4_mapped.is_global
    return not address.is_global


class Counted:
    """Middleware that counts answers by the class of their status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                families.REQUESTS.add(f"{message['status'] // 100}xx")
            await send(message)

        await self._app(scope, receive, noting)
