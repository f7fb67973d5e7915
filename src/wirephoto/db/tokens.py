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


@dataclass(frozen=True, slots=True)
class Owned:
    """A token as its project's people see it; ``made_by`` names the token that made it."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    made_by: str | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Gift:
    """A token that is made by another; ``days`` until it ends, None: when its maker does."""

    project: int
    maker: int | None
    name: str
    digest: bytes
    scopes: list[str]
    days: int | None


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


async def of_project(connection: pool.Connection, project: int, limit: int) -> list[Owned]:
    """Those in force first."""
    given = {"project": project, "limit": limit}
    rows = await (await connection.execute(_SQL["of_project"], given)).fetchall()
    return [Owned(**row) for row in rows]


async def give(connection: pool.Connection, gift: Gift) -> int | None:
    """The row's id, in the caller's transaction; None: a token of that name is in force."""
    given = {name: getattr(gift, name) for name in Gift.__slots__}
    await connection.execute(_SQL["lock_project"], given)
    row = await (await connection.execute(_SQL["give"], given)).fetchone()
    return int(row["id"]) if row else None


async def take(
    connection: pool.Connection, project: int, token: int, scopes: Iterable[str]
) -> str | None:
    """The name of the token that was ended; None: there is none, or it may do more than these."""
    given = {"project": project, "token": token, "scopes": list(scopes)}
    row = await (await connection.execute(_SQL["take"], given)).fetchone()
    return str(row["name"]) if row else None
