"""Statements on the history of entries: what changed one, when, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("changes")
Kind = Literal["import", "edit", "registration"]


@dataclass(frozen=True, slots=True)
class Change:
    """``changes`` are objects of ``path``, ``from`` and ``to``; ``version`` is the one after it."""

    entry: str
    version: int
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changed something: a job's row, or a token's."""

    kind: Kind
    job: int | None = None
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A change as the history shows it; ``job`` is its public id."""

    version: int
    at: datetime
    kind: Kind
    changes: list[dict[str, Any]]
    job: str | None
    token: int | None
    token_name: str | None


async def insert(connection: pool.Connection, cause: Cause, changes: Sequence[Change]) -> None:
    if changes:
        given = {
            "kind": cause.kind,
            "job": cause.job,
            "token": cause.token,
            "rows": msgspec.json.encode(changes).decode(),
        }
        await connection.execute(_SQL["insert"], given)


async def history(
    connection: pool.Connection, entry: str, *, before: int | None, limit: int
) -> list[Past]:
    """The newest first; ``before`` is a version."""
    given = {"entry": entry, "before": before, "limit": limit}
    rows = await (await connection.execute(_SQL["history"], given)).fetchall()
    return [Past(**row) for row in rows]


async def forget(connection: pool.Connection, days: int) -> int:
    """Remove some that are older; how many it was."""
    return (await connection.execute(_SQL["forget"], {"days": days})).rowcount
