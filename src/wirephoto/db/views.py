"""Statements for the page: what it shows of jobs beside their counters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import jobs, pool, queries

_SQL = queries.load("views")
_JOBS = queries.load("jobs")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a job, in pixels; ``entry_id`` leads to its entry."""

    job: int
    asset_key: str
    title: str | None
    width: int | None
    height: int | None
    entry_id: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Jobs of a project by state; images of those accepted since the day began."""

    total: int
    running: int
    queued: int
    with_failures: int
    done: int
    cancelled: int
    imported_today: int
    failed_today: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Images that failed alike; ``example`` is the position of one."""

    code: str
    reason: str
    images: int
    retryable: bool
    http_status: int | None
    example: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a job; without ``state`` it has no final row yet.

    ``asset_key`` is None, too, where its picture was revoked or removed since.
    """

    position: int
    external_id: str
    file_name: str
    url: str
    state: str | None
    title: str | None
    entry_id: str | None
    asset_key: str | None
    width: int | None
    height: int | None
    mime_type: str | None
    code: str | None
    reason: str | None
    retryable: bool | None
    http_status: int | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Details:
    """``context`` is JSON as it came."""

    webhook: str | None
    context: str | None
    update_policy: str
    token_name: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Which jobs to show; None of ``states`` and ``system_name`` is any.

    ``search`` is an id or a system name.
    """

    project: int
    before: int | None
    states: Sequence[str] | None
    with_failures: bool
    system_name: str | None
    search: str | None
    limit: int


async def shown(connection: pool.Connection, wanted: Shown) -> list[jobs.Status]:
    """The newest first."""
    given = {name: getattr(wanted, name) for name in Shown.__slots__}
    given["states"] = list(wanted.states) if wanted.states is not None else None
    rows = await (await connection.execute(_JOBS["shown"], given)).fetchall()
    return [jobs.Status(**row) for row in rows]


async def systems(connection: pool.Connection, project: int, limit: int) -> list[str]:
    """That have jobs in the project, by their names."""
    given = {"project": project, "limit": limit}
    rows = await (await connection.execute(_JOBS["systems"], given)).fetchall()
    return [row["system_name"] for row in rows]


async def tally(
    connection: pool.Connection, project: int, since: datetime, system_name: str | None = None
) -> Tally:
    """Of one system, or of all."""
    given = {"project": project, "since": since, "system_name": system_name}
    row = await (await connection.execute(_JOBS["tallied"], given)).fetchone()
    assert row is not None
    return Tally(**row)


async def details(connection: pool.Connection, job: int) -> Details:
    row = await (await connection.execute(_JOBS["details"], {"job": job})).fetchone()
    assert row is not None
    return Details(**row)


async def pictures(
    connection: pool.Connection, job_ids: Sequence[int], limit: int
) -> dict[int, list[Picture]]:
    """At most ``limit`` of each job, by its row's id."""
    given = {"jobs": list(job_ids), "limit": limit}
    found: dict[int, list[Picture]] = {job: [] for job in job_ids}
    for row in await (await connection.execute(_SQL["pictures"], given)).fetchall():
        found[row["job"]].append(Picture(**row))
    return found


async def causes(connection: pool.Connection, job: int, limit: int) -> list[Cause]:
    given = {"job": job, "limit": limit}
    rows = await (await connection.execute(_SQL["causes"], given)).fetchall()
    return [Cause(**row) for row in rows]


async def urls(connection: pool.Connection, job: int, positions: Sequence[int]) -> dict[int, str]:
    """By position."""
    given = {"job": job, "positions": list(positions)}
    rows = await (await connection.execute(_SQL["urls"], given)).fetchall()
    return {row["position"]: row["url"] for row in rows}


async def images(
    connection: pool.Connection,
    job: int,
    *,
    state: str | None,
    code: str | None,
    after: int,
    limit: int,
) -> list[Image]:
    """The next images behind a position; without a state those that have no row yet, too."""
    given = {"job": job, "state": state, "code": code, "after": after, "limit": limit}
    statement = _SQL["images"] if state is None else _SQL["settled"]
    rows = await (await connection.execute(statement, given)).fetchall()
    return [Image(**row) for row in rows]
