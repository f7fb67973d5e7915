"""Statements on jobs: closing, looking, listing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("jobs")


@dataclass(frozen=True, slots=True)
class Counted:
    """A job right after a count. ``hold_seconds``: how long its webhook is to be held back."""

    finished: bool
    id: int
    public_id: str
    project_id: int
    state: str
    webhook: str | None
    context: str | None
    total: int
    success: int
    skipped: int
    failed: int
    cancelled: int
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """``retry_of`` is the public id of the job whose images this one tries again."""

    id: int
    public_id: str
    state: str
    total: int
    done: int
    success: int
    skipped: int
    failed: int
    cancelled: int
    system_name: str
    accepted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    retry_of: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Which jobs to list; ``before`` is a row's id, None of the others is any."""

    project: int
    before: int | None
    system_name: str | None
    state: str | None
    limit: int


async def break_off(connection: pool.Connection, job: int) -> Counted | None:
    """End a job as failed; None when it had ended before."""
    row = await (await connection.execute(_SQL["break_off"], {"job": job})).fetchone()
    return Counted(**row) if row else None


async def lock_running(connection: pool.Connection, job: int) -> bool:
    """Whether the job has not ended, and stays so until this transaction ends."""
    return (
        await (await connection.execute(_SQL["lock_running"], {"job": job})).fetchone() is not None
    )


async def cancel(connection: pool.Connection, job: int, cancelled: int) -> Counted:
    """End a job that ``lock_running`` locked, with that many rows cancelled."""
    given = {"job": job, "cancelled": cancelled}
    row = await (await connection.execute(_SQL["cancel"], given)).fetchone()
    assert row is not None
    return Counted(**row)


async def status(connection: pool.Connection, project: int, public_id: str) -> Status | None:
    given = {"project": project, "public_id": public_id}
    row = await (await connection.execute(_SQL["status"], given)).fetchone()
    return Status(**row) if row else None


async def statuses(connection: pool.Connection, ids: Iterable[int]) -> dict[int, Status]:
    """By the rows' ids."""
    rows = await (await connection.execute(_SQL["statuses"], {"jobs": list(ids)})).fetchall()
    return {row["id"]: Status(**row) for row in rows}


async def listed(connection: pool.Connection, listing: Listing) -> list[Status]:
    """The newest first."""
    rows = await (await connection.execute(_SQL["listed"], asdict(listing))).fetchall()
    return [Status(**row) for row in rows]
