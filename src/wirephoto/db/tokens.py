"""Statements on tokens. Only digests come here, never a token."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("tokens")


@dataclass(frozen=True, slots=True)
class Found:
    """``unseen``: its use was not noted for a minute."""

    id: int
    project_id: int
    handle: str
    name: str
    scopes: list[str]
    revoked: bool
    expired: bool
    unseen: bool


@dataclass(frozen=True, slots=True)
class Listed:
    id: int
    project: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


async def insert(
    connection: pool.Connection,
    *,
    project: str,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    expires_at: datetime | None,
) -> int | None:
    """The row's id; None when there is no such project."""
    given = {
        "project": project,
        "name": name,
        "digest": digest,
        "scopes": list(scopes),
        "expires_at": expires_at,
    }
    row = await (await connection.execute(_SQL["insert"], given)).fetchone()
    return int(row["id"]) if row else None


async def find(connection: pool.Connection, digest: bytes) -> Found | None:
    row = await (await connection.execute(_SQL["find"], {"digest": digest})).fetchone()
    return Found(**row) if row else None


async def used(connection: pool.Connection, token: int) -> None:
    await connection.execute(_SQL["used"], {"token": token})


async def in_force(connection: pool.Connection, tokens: Iterable[int]) -> set[int]:
    """Those that count now."""
    rows = await (await connection.execute(_SQL["in_force"], {"tokens": list(tokens)})).fetchall()
    return {row["id"] for row in rows}


async def listed(connection: pool.Connection) -> list[Listed]:
    return [Listed(**row) for row in await (await connection.execute(_SQL["listed"])).fetchall()]


async def revoke(connection: pool.Connection, which: str) -> list[tuple[int, str]]:
    """``which`` is an id or a name; those that were ended, as (id, name)."""
    rows = await (await connection.execute(_SQL["revoke"], {"which": which})).fetchall()
    return [(row["id"], row["name"]) for row in rows]
