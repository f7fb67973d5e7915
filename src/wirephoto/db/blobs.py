"""Statements on blobs: which bytes are in storage, and which are on their way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("blobs")


@dataclass(frozen=True, slots=True)
class Blob:
    """``key`` in storage, ``size`` in bytes."""

    key: str
    size: int
    mime_type: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Reserved:
    """Key to "is stored already"; a key that is missing is being deleted: come back in a moment.

    ``at``: by the database's clock.
    """

    stored: dict[str, bool] = field(default_factory=dict)
    at: datetime | None = None


async def reserve(connection: pool.Connection, project: int, blobs: Sequence[Blob]) -> Reserved:
    """Say what is about to be put; ``blobs`` hold each key once."""
    given = {
        "project": project,
        "keys": [blob.key for blob in blobs],
        "sha256": [blob.sha256 for blob in blobs],
        "sizes": [blob.size for blob in blobs],
        "mime_types": [blob.mime_type for blob in blobs],
    }
    rows = await (await connection.execute(_SQL["reserve"], given)).fetchall()
    stored = {row["key"]: row["stored"] for row in rows}
    return Reserved(stored, rows[0]["changed_at"] if rows else None)


async def hold(
    connection: pool.Connection, keys: Sequence[str], put: Sequence[str], reserved_at: datetime
) -> set[str]:
    """Keys that the caller's transaction may refer to: in storage, and locked there till its end.

    ``put`` are those that their caller has put since ``reserved_at``.
    """
    given = {"keys": list(keys), "put": list(put), "reserved_at": reserved_at}
    rows = await (await connection.execute(_SQL["hold"], given)).fetchall()
    return {row["key"] for row in rows}


async def let_go(connection: pool.Connection, keys: Sequence[str]) -> None:
    """An entry no longer refers to these; they stay for a day."""
    if keys:
        await connection.execute(_SQL["let_go"], {"keys": list(keys)})


async def find(connection: pool.Connection, key: str) -> Blob | None:
    row = await (await connection.execute(_SQL["find"], {"key": key})).fetchone()
    return Blob(**row) if row else None
