"""Statements on entries that people change or register."""

from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("edits")


@dataclass(slots=True)
class Entry:
    """An entry, locked for this transaction; sizes in bytes and pixels.

    ``origins``: who set which property, as imports write it. ``source_url``, ``etag`` and
    ``last_modified`` are None for an asset that no import brought. ``revoked`` is its asset.
    """

    id: str
    version: int
    media_type: str
    title: str
    metadata: dict[str, Any]
    origins: dict[str, str]
    asset_key: str
    asset_size: int
    width: int
    height: int
    mime_type: str
    file_name: str
    source_url: str | None
    etag: str | None
    last_modified: str | None
    archived: bool
    revoked: bool
    revoke_note: str | None
    left_out: list[str] | None  # embedded values that broke a rule


@dataclass(frozen=True, slots=True)
class New:
    """An entry that is to be made of an asset in storage."""

    id: str
    project: int
    system_name: str | None
    external_id: str | None
    media_type: str
    title: str
    metadata: dict[str, Any]
    asset_key: str
    asset_size: int
    width: int
    height: int
    mime_type: str
    file_name: str
    origins: dict[str, str]
    left_out: list[str] | None


async def exists(connection: pool.Connection, project: int, entry: str) -> bool:
    return await _is_true(connection, "exists", {"id": entry, "project": project})


async def lock(connection: pool.Connection, project: int, entry: str) -> Entry | None:
    given = {"id": entry, "project": project}
    row = await (await connection.execute(_SQL["lock"], given)).fetchone()
    return Entry(**row) if row else None


async def write(connection: pool.Connection, entry: Entry, *, keeps_updated_at: bool) -> None:
    """The next version of a locked entry."""
    given = _encoded(entry) | {"keeps_updated_at": keeps_updated_at}
    await connection.execute(_SQL["write"], given)


async def insert(connection: pool.Connection, new: New) -> bool:
    """Whether it was made: its id and its pair were free."""
    return (await connection.execute(_SQL["insert"], _encoded(new))).rowcount == 1


def _encoded(one: Entry | New) -> dict[str, Any]:
    """By the names of its columns, with JSON as text."""
    given = asdict(one)
    for name in ("metadata", "origins", "left_out"):
        if given[name] is not None:
            given[name] = msgspec.json.encode(given[name]).decode()
    return given


async def id_is_taken(connection: pool.Connection, entry: str) -> bool:
    return await _is_true(connection, "id_is_taken", {"id": entry})


async def size_of(connection: pool.Connection, key: str) -> tuple[int, int] | None:
    """Width and height of a picture that some entry has."""
    row = await (await connection.execute(_SQL["size_of"], {"key": key})).fetchone()
    return (row["width"], row["height"]) if row else None


async def _is_true(connection: pool.Connection, name: str, given: dict[str, Any]) -> bool:
    row = await (await connection.execute(_SQL[name], given)).fetchone()
    assert row is not None
    return bool(row["found"])
