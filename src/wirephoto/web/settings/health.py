"""``/settings/health``: what ``wirephoto doctor`` checks, and how much there is of everything."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import fastapi
import fastapi.responses

from wirephoto import errors, observe, wiring
from wirephoto.api import services
from wirephoto.checkup import rest, running
from wirephoto.checkup.finding import Finding
from wirephoto.db import gauges, health, workers
from wirephoto.web import pages, routing, sessions

router = routing.router()
_KEPT = timedelta(seconds=30)
_STORAGE_SECONDS = 10.0
_PAUSED = 50
TITLES = {
    "settings": "Settings",
    "projects": "Project files",
    "guard": "Outgoing requests",
    "database": "Database",
    "schema": "Schema",
    "clock": "Clock",
    "workers": "Workers",
    "storage": "Storage",
    "room": "Free space",
    "decoder": "Smaller pictures",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How the installation was; ``work`` by the names of its metrics."""

    at: datetime
    findings: list[Finding]
    alive: list[workers.Alive]
    work: Mapping[str, float]
    sizes: health.Sizes
    paused: list[health.Paused]

    @property
    def seconds(self) -> float:
        return (datetime.now(UTC) - self.at).total_seconds()


class Kept:
    """One look serves everybody for half a minute: it writes into storage and starts a child."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._look: Look | None = None

    async def look(self, api: wiring.Api, since: datetime) -> Look:
        """One that was begun after ``since``: those who wait for one share it."""
        async with self._one_at_a_time:
            if self._look is None or self._look.at < since:
                self._look = await _look(api)
            return self._look


@router.get("/settings/health")
async def health_(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given
) -> fastapi.Response:
    visitor.must(sessions.METRICS)
    return pages.page(
        request,
        "settings_health.html",
        visitor,
        look=await _kept(request).look(api, datetime.now(UTC) - _KEPT),
        titles=TITLES,
        clean=observe.without_secrets,
        release=wiring.RELEASE,
        most=health.MOST,
    )


@router.post("/settings/health")
async def again(
    request: fastapi.Request, posted: sessions.Own, api: services.Given
) -> fastapi.Response:
    posted.visitor.must(sessions.METRICS)
    await _kept(request).look(api, datetime.now(UTC))
    return fastapi.responses.RedirectResponse("/settings/health", routing.SEE_OTHER)


def _kept(request: fastapi.Request) -> Kept:
    kept = request.app.state.health
    assert isinstance(kept, Kept)
    return kept


async def _look(api: wiring.Api) -> Look:
    at = datetime.now(UTC)
    async with api.database.connection() as connection:
        alive = await workers.alive(connection)
        work = await gauges.look(connection)
        sizes = await health.sizes(connection)
        paused = await health.paused(connection, _PAUSED)
    return Look(at, await _findings(api), alive, work, sizes, paused)


async def _findings(api: wiring.Api) -> list[Finding]:
    given = api.settings
    *found, storage, room, decoder = await asyncio.gather(
        asyncio.to_thread(rest.settings_),
        asyncio.to_thread(_projects, api),
        asyncio.to_thread(rest.guard, given),
        _storage(api),
        running.room(running.folders(given, api.store)),
        rest.decoder(),
    )
    return [*found, *await running.in_database(api.database), storage, room, decoder]


def _projects(api: wiring.Api) -> Finding:
    try:
        return rest.projects(api.settings)
    except errors.SettingError as fault:
        return Finding("projects", ok=False, text="{fault}", values={"fault": fault})


async def _storage(api: wiring.Api) -> Finding:
    try:
        async with asyncio.timeout(_STORAGE_SECONDS):
            return await running.in_storage(api.store, api.database)
    except TimeoutError:
        values = {"location": api.store.location, "seconds": round(_STORAGE_SECONDS)}
        text = "no answer from {location} in {seconds} s"
        return Finding("storage", ok=False, text=text, values=values)
