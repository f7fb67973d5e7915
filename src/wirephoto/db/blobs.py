"""Statements on blobs: which bytes are in storage, and which are on their way."""

from collections.abc import Sequence
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("blobs")


@dataclass(frozen=True, slots=True)
class Blob:
    """``key`` in storage, ``size`` in bytes."""

    key: str
    size: int
    mime_type: str
    sha256: bytes


async def reserve(
    connection: pool.Connection, project: int, blobs: Sequence[Blob]
) -> dict[str, bool]:
    """Key to "is stored already"; a key that is missing is being deleted: come back in a moment.

    ``blobs`` hold each key once.
    """
    given = {
        "project": project,
        "keys": [blob.key for blob in blobs],
        "sha256": [blob.sha256 for blob in blobs],
        "sizes": [blob.size for blob in blobs],
        "mime_types": [blob.mime_type for blob in blobs],
    }
    rows = await (await connection.execute(_SQL["reserve"], given)).fetchall()
    return {row["key"]: row["stored"] for row in rows}


async def mark_stored(connection: pool.Connection, keys: Sequence[str]) -> None:
    if keys:
        await connection.execute(_SQL["mark_stored"], {"keys": sorted(keys)})


async def find(connection: pool.Connection, key: str) -> Blob | None:
    row = await (await connection.execute(_SQL["find"], {"key": key})).fetchone()
    return Blob(**row) if row else None
