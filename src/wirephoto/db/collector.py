"""Statements of the collector: who may remove which picture, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import blobs, pool, queries

_SQL = queries.load("collector")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A picture that its claimant may remove; ``claimed_at`` by the database's clock."""

    key: str
    claimed_at: datetime


async def may_remove(connection: pool.Connection) -> bool:
    """Whether no backup is being taken; none begins before the caller's transaction has ended.

    What its database speaks of must be there when its pictures are copied.
    """
    row = await (await connection.execute(_SQL["may_remove"])).fetchone()
    return row is not None and bool(row["free"])


async def claim(connection: pool.Connection, keys: Sequence[str]) -> list[Claimed]:
    """Those of the pictures that nobody refers to or touched for a day: ``deleting`` from now.

    None while a backup is taken.
    """
    async with connection.transaction():
        if not await may_remove(connection):
            return []
        rows = await (await connection.execute(_SQL["claim"], {"keys": list(keys)})).fetchall()
    return [Claimed(row["key"], row["changed_at"]) for row in rows]


async def adopt(connection: pool.Connection, project: str, blob: blobs.Blob) -> Claimed | None:
    """Give an object without a row one that says ``deleting``; None: it has a row by now."""
    given = {
        "key": blob.key,
        "project": project,
        "sha256": blob.sha256,
        "size": blob.size,
        "mime_type": blob.mime_type,
    }
    row = await (await connection.execute(_SQL["adopt"], given)).fetchone()
    return Claimed(row["key"], row["changed_at"]) if row else None


async def forget(connection: pool.Connection, claimed: Claimed) -> bool:
    """Remove the row of a removed object; whether it was still its claimant's."""
    given = {"key": claimed.key, "claimed_at": claimed.claimed_at}
    return (await connection.execute(_SQL["forget"], given)).rowcount == 1


async def storage_key(connection: pool.Connection, project: str) -> bytes | None:
    """The project's secret: never log it. None: there is no such project."""
    row = await (await connection.execute(_SQL["storage_key"], {"project": project})).fetchone()
    return bytes(row["storage_key"]) if row else None
