"""The origins of a job: how fast they give, whether they rest, and what came last.

Which they are is read once of each job; how they are, every two seconds for all who watch.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import fastapi

from wirephoto import errors, wiring
from wirephoto.db import pool, sites
from wirephoto.net import urls
from wirephoto.web import sessions

SHOWN = 12
_SECONDS = 2.0
_JOBS = 200  # that are kept in mind
_WINDOW_SECONDS = 10.0
_SCHEMES = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin of a job; ``rate`` in its images a second, ``images`` all it has of them."""

    name: str
    images: int
    rate: float
    mood: sites.Mood | None
    last: sites.Last | None

    @property
    def host(self) -> str:
        """As people write it: without the scheme's own port."""
        scheme, _, host = self.name.partition("://")
        return host.removesuffix(_SCHEMES.get(scheme, ""))

    @property
    def state(self) -> tuple[str, str]:
        """Mark and words (a key of ``words``)."""
        mood = self.mood
        if mood and mood.parked_at:
            return "parked", "Parked"
        if mood and mood.slow_until:
            return "parked", "Slowed"
        if mood and mood.connections:
            return "running", "Steady"
        return "queued", "Waits"

    @property
    def until(self) -> float | None:
        """Seconds until it is probed, or may be asked again."""
        mood = self.mood
        end = (mood.probe_at if mood.parked_at else mood.slow_until) if mood else None
        return max(0.0, (end - datetime.now(UTC)).total_seconds()) if end else None


async def shown(
    request: fastapi.Request, api: wiring.Api, visitor: sessions.Visitor, job: int
) -> dict[str, Any]:
    """What ``origins.html`` says of a job.

    How many connections there are to an origin tells of other projects, too: it is shown where
    there are none, and to who may know.
    """
    kept = request.app.state.origins
    assert isinstance(kept, Origins)
    found = await kept.of(api.database, job)
    return {
        "origins": found[:SHOWN],
        "more_origins": len(found) > SHOWN,
        "shares": len(api.projects) == 1 or visitor.may(sessions.METRICS),
        "limit": api.settings.host_connections,
    }


@dataclass(slots=True)
class _Job:
    images: Mapping[str, int]
    names: Mapping[str, str]  # of each site as written, its origin
    found: list[Origin] = field(default_factory=list)
    at: float = float("-inf")
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Origins:
    """Those of the jobs that are looked at in this process."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[int, _Job] = OrderedDict()

    async def of(self, database: pool.Pool, job: int) -> list[Origin]:
        """The most pictures first; at most two seconds old."""
        known = self._jobs.get(job) or await self._read(database, job)
        self._jobs[job] = known
        self._jobs.move_to_end(job)
        while len(self._jobs) > _JOBS:
            self._jobs.popitem(last=False)
        async with known.looking:
            now = asyncio.get_running_loop().time()
            if now - known.at >= _SECONDS:
                known.found = await _look(database, job, known)
                known.at = now
        return known.found

    async def _read(self, database: pool.Pool, job: int) -> _Job:
        async with database.connection() as connection:
            counted = await sites.of_job(connection, job)
        names = {site: name for site in counted if (name := _origin(site))}
        images: dict[str, int] = {}
        for site, name in names.items():
            images[name] = images.get(name, 0) + counted[site]
        return _Job(images, names)


async def _look(database: pool.Pool, job: int, known: _Job) -> list[Origin]:
    most = sorted(known.images, key=lambda name: -known.images[name])[: SHOWN + 1]
    async with database.connection() as connection:
        last = await sites.lately(connection, job)
        moods = await sites.moods(connection, most)
    latest, recent = _by_origin(last, known.names)
    return [
        Origin(
            name,
            known.images[name],
            recent.get(name, 0) / _WINDOW_SECONDS,
            moods.get(name),
            latest.get(name),
        )
        for name in most
    ]


def _by_origin(
    found: Iterable[sites.Last], names: Mapping[str, str]
) -> tuple[dict[str, sites.Last], dict[str, int]]:
    """One origin may be written in several ways."""
    latest: dict[str, sites.Last] = {}
    recent: dict[str, int] = {}
    for one in found:
        name = names.get(one.site)
        if name is None:
            continue
        recent[name] = recent.get(name, 0) + one.recent
        if name not in latest or one.finished_at > latest[name].finished_at:
            latest[name] = one
    return latest, recent


def _origin(site: str) -> str | None:
    try:
        return urls.parse(site).origin
    except errors.BadUrl:
        return None
