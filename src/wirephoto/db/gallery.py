"""Statements for the pages of the library: what they show beside entries."""

from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("gallery")


@dataclass(frozen=True, slots=True)
class Origin:
    """``source_url`` as it was asked for; None where no import brought the picture."""

    source_url: str | None
    job: str | None


async def systems(connection: pool.Connection, project: int, limit: int) -> list[str]:
    """The first by their names."""
    given = {"project": project, "limit": limit}
    rows = await (await connection.execute(_SQL["systems"], given)).fetchall()
    return [row["system_name"] for row in rows]


async def how_many(connection: pool.Connection, project: int, most: int) -> int:
    """Entries, at most ``most``."""
    given = {"project": project, "most": most}
    row = await (await connection.execute(_SQL["how_many"], given)).fetchone()
    assert row is not None
    return int(row["entries"])


async def origin(connection: pool.Connection, project: int, entry: str) -> Origin:
    given = {"project": project, "id": entry}
    row = await (await connection.execute(_SQL["origin"], given)).fetchone()
    return Origin(**row) if row else Origin(None, None)
