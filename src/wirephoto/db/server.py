"""Statements on the server itself."""

from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("server")


@dataclass(frozen=True, slots=True)
class Server:
    """``instant`` is the server's clock, seconds since 1970."""

    version: str
    instant: float


async def look(connection: pool.Connection) -> Server:
    row = await (await connection.execute(_SQL["look"])).fetchone()
    assert row is not None
    return Server(**row)
