"""``/jobs``: all imports, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import fastapi

from wirephoto import errors
from wirephoto.api import services, status
from wirephoto.db import jobs, pool, views
from wirephoto.web import pages, progress, routing, sessions

router = routing.router()
_PAGE = 30
_STRIP = 5  # pictures a job
_SYSTEMS = 200
_MOST_TEXT = 1000
State = Literal["running", "queued", "failures", "done", "cancelled"]
_STATES: dict[str, list[str]] = {
    "running": ["started"],
    "queued": ["queued"],
    "done": ["success", "failed"],
    "cancelled": ["cancelled"],
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs somebody wants to see; ``system_name`` and ``q`` are empty for any."""

    state: State | None
    q: str
    system_name: str


@dataclass(frozen=True, slots=True)
class Look:
    """The jobs of one page as they were; ``following`` is whether there are older ones."""

    found: list[jobs.Status]
    tally: views.Tally
    pictures: Mapping[int, list[views.Picture]]
    following: bool

    def shown(self) -> dict[str, Any]:
        """What templates are given of it."""
        return {
            "jobs": [progress.of(one) for one in self.found],
            "tally": self.tally,
            "pictures": self.pictures,
            "following": self.found[-1].public_id if self.following else None,
        }


def filter_(
    state: State | None = None,
    q: Annotated[str, fastapi.Query(max_length=200)] = "",
    system_name: Annotated[str, fastapi.Query(alias="systemName", max_length=_MOST_TEXT)] = "",
) -> Filter:
    return Filter(state, q, system_name)


Filtered = Annotated[Filter, fastapi.Depends(filter_)]


@router.get("/jobs")
async def jobs_(
    request: fastapi.Request,
    visitor: sessions.Reader,
    api: services.Given,
    wanted: Filtered,
    before: Annotated[str | None, fastapi.Query(max_length=64)] = None,
) -> fastapi.Response:
    async with api.database.connection() as connection:
        start = await _start(connection, visitor.project, before)
        seen = await look(connection, visitor.project, wanted, start)
        systems = await views.systems(connection, visitor.project, _SYSTEMS)
    chosen = wanted.system_name
    return pages.page(
        request,
        "jobs.html",
        visitor,
        **seen.shown(),
        **asdict(wanted),
        systems=systems if chosen in {"", *systems} else [chosen, *systems],
        first=before is None,
    )


async def look(
    connection: pool.Connection, project: int, wanted: Filter, before: int | None = None
) -> Look:
    """The newest jobs of a project that fit, or those before one."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = await views.shown(connection, _wanted(project, wanted, before))
    page = found[:_PAGE]
    tally = await views.tally(connection, project, today, _one(wanted.system_name))
    pictures = await latest(connection, page, _STRIP)
    return Look(page, tally, pictures, len(found) > _PAGE)


async def latest(
    connection: pool.Connection, found: Sequence[jobs.Status], limit: int
) -> dict[int, list[views.Picture]]:
    """The latest pictures of each job; nothing is looked for where nothing but failures is."""
    brought = [one.id for one in found if one.success + one.skipped]
    pictures = await views.pictures(connection, brought, limit)
    return {one.id: pictures.get(one.id, []) for one in found}


def _wanted(project: int, wanted: Filter, before: int | None) -> views.Shown:
    return views.Shown(
        project=project,
        before=before,
        states=_STATES.get(wanted.state) if wanted.state else None,
        with_failures=wanted.state == "failures",
        system_name=_one(wanted.system_name),
        search=_one(wanted.q),
        limit=_PAGE + 1,
    )


def _one(text: str) -> str | None:
    """What somebody chose or typed; None: nothing."""
    return text.strip().replace("\0", "") or None


async def _start(connection: pool.Connection, project: int, before: str | None) -> int | None:
    if before is None:
        return None
    return (await find(connection, project, before)).id


async def find(connection: pool.Connection, project: int, public_id: str) -> jobs.Status:
    """A job of the visitor's project.

    Raises:
        errors.NotFound: there is none.
    """
    found = await jobs.status(connection, project, public_id) if "\0" not in public_id else None
    if found is None:
        raise errors.NotFound(status.NO_JOB)
    return found
