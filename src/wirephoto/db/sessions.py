"""Statements on sessions of the page. Only digests come here, never a cookie."""

from collections.abc import Sequence
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("sessions")


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in; without a token it was by the link that `serve` prints."""

    project_id: int
    handle: str
    token_id: int | None
    token_name: str | None
    scopes: list[str]


async def insert(
    connection: pool.Connection,
    *,
    digest: bytes,
    project: int,
    token: int | None,
    scopes: Sequence[str],
    seconds: float,
) -> None:
    """``seconds``: how long it counts."""
    given = {
        "digest": digest,
        "project": project,
        "token": token,
        "scopes": list(scopes),
        "seconds": seconds,
    }
    await connection.execute(_SQL["insert"], given)


async def find(connection: pool.Connection, digest: bytes) -> Session | None:
    row = await (await connection.execute(_SQL["find"], {"digest": digest})).fetchone()
    return Session(**row) if row else None


async def delete(connection: pool.Connection, digest: bytes) -> None:
    await connection.execute(_SQL["delete"], {"digest": digest})


async def project(connection: pool.Connection, handle: str) -> int | None:
    row = await (await connection.execute(_SQL["project"], {"handle": handle})).fetchone()
    return int(row["id"]) if row else None
