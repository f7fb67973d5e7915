"""Statements on jobs: counting, closing, looking."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class Status:
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


async def count(
    connection: pool.Connection, job: int, settled: Mapping[str, int]
) -> Counted | None:
    """Last statement of a chunk's transaction; ``settled`` is how many rows came to which state."""
    states = {name: settled.get(name, 0) for name in ("success", "skipped", "failed", "cancelled")}
    row = await (await connection.execute(_SQL["count"], states | {"job": job})).fetchone()
    return Counted(**row) if row else None


async def break_off(connection: pool.Connection, job: int) -> Counted | None:
    """End a job as failed; None when it had ended before."""
    row = await (await connection.execute(_SQL["break_off"], {"job": job})).fetchone()
    await connection.execute(_SQL["drop_chunks"], {"job": job})
    return Counted(**row) if row else None


async def status(connection: pool.Connection, project: int, public_id: str) -> Status | None:
    given = {"project": project, "public_id": public_id}
    row = await (await connection.execute(_SQL["status"], given)).fetchone()
    return Status(**row) if row else None
