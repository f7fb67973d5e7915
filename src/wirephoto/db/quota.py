"""Statements on quotas: images that a project's day (UTC) has taken."""

from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("quota")


@dataclass(frozen=True, slots=True)
class Left:
    """``images`` that the day still takes, and the ``seconds`` until the next one begins."""

    images: int
    seconds: int


async def left(connection: pool.Connection, project: int, limit: int) -> Left:
    given = {"project": project, "limit": limit}
    row = await (await connection.execute(_SQL["left"], given)).fetchone()
    assert row is not None
    return Left(**row)


async def take(connection: pool.Connection, project: int, images: int, limit: int) -> bool:
    """Whether ``images`` fit into the day, and are counted; others of the project wait for us."""
    given = {"project": project, "images": images, "limit": limit}
    return await (await connection.execute(_SQL["take"], given)).fetchone() is not None


async def forget(connection: pool.Connection) -> None:
    """Remove days that are over."""
    await connection.execute(_SQL["forget"])
