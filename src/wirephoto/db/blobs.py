"""Statements on blobs: which bytes are in storage, and which are on their way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("blobs")


@dataclass(frozen=True, slots=True)
class Blob:
    """``key`` in storage, ``size`` in bytes. ``revoked``: served to nobody."""

    key: str
    size: int
    mime_type: str
    sha256: bytes
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is said of a key: whose it is, and whether it is ``stored``."""

    project: int
    state: str
    size: int
    mime_type: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """Key to "is stored already"; a key that is missing is being deleted: come back in a moment.

    ``at``: by the database's clock.
    """

    stored: dict[str, bool] = field(default_factory=dict)
    at: datetime | None = None


async def reserve(connection: pool.Connection, project: int, blobs: Sequence[Blob]) -> Reserved:
    """Say what is about to be put; ``blobs`` hold each key once."""
    wanted = [
        {"key": one.key, "sha256": one.sha256.hex(), "size": one.size, "mime_type": one.mime_type}
        for one in blobs
    ]
    given = {"project": project, "rows": msgspec.json.encode(wanted).decode()}
    rows = await (await connection.execute(_SQL["reserve"], given)).fetchall()
    stored = {row["key"]: row["stored"] for row in rows}
    return Reserved(stored, rows[0]["changed_at"] if rows else None)


async def hold(
    connection: pool.Connection, keys: Collection[str], put: Collection[str], reserved_at: datetime
) -> set[str]:
    """Keys that the caller's transaction may refer to: in storage, and locked there till its end.

    ``put`` are those that their caller has put since ``reserved_at``.
    """
    done = set(put)
    wanted = [{"key": key, "put": key in done} for key in keys]
    given = {"rows": msgspec.json.encode(wanted).decode(), "reserved_at": reserved_at}
    rows = await (await connection.execute(_SQL["hold"], given)).fetchall()
    return {row["key"] for row in rows}


async def let_go(connection: pool.Connection, keys: Sequence[str]) -> None:
    """An entry no longer refers to these; they stay for a day."""
    if keys:
        await connection.execute(_SQL["let_go"], {"keys": list(keys)})


async def find(connection: pool.Connection, key: str) -> Blob | None:
    row = await (await connection.execute(_SQL["find"], {"key": key})).fetchone()
    return Blob(**row) if row else None


async def known(connection: pool.Connection, key: str) -> Known | None:
    row = await (await connection.execute(_SQL["known"], {"key": key})).fetchone()
    return Known(**row) if row else None


async def owner(connection: pool.Connection, key: str) -> int | None:
    """The project whose handle a key begins with."""
    row = await (await connection.execute(_SQL["owner"], {"key": key})).fetchone()
    return row["id"] if row else None


async def refer(connection: pool.Connection, project: int, key: str) -> bool | None:
    """Keep a stored picture for this transaction; whether it is revoked, None: it is not there."""
    given = {"key": key, "project": project}
    row = await (await connection.execute(_SQL["refer"], given)).fetchone()
    return row["revoked"] if row else None


async def register(connection: pool.Connection, project: int, blob: Blob) -> None:
    """Make known what lay in storage before; then ``refer`` to it."""
    given = {
        "key": blob.key,
        "project": project,
        "sha256": blob.sha256,
        "size": blob.size,
        "mime_type": blob.mime_type,
    }
    await connection.execute(_SQL["register"], given)


async def revoke(connection: pool.Connection, key: str, note: str | None) -> None:
    await connection.execute(_SQL["revoke"], {"key": key, "note": note})


async def unrevoke(connection: pool.Connection, key: str) -> None:
    await connection.execute(_SQL["unrevoke"], {"key": key})
