"""Statements on the media library's entries."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("entries")


@dataclass(frozen=True, slots=True)
class Content:
    """What an import decides of an entry. ``metadata`` is JSON text; sizes in bytes and pixels."""

    id: str
    external_id: str
    media_type: str
    title: str
    metadata: str
    asset_key: str
    asset_size: int
    width: int
    height: int
    mime_type: str
    file_name: str
    source_url: str | None
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Current:
    """An entry as it is, locked for this transaction; ``metadata`` decoded."""

    id: str
    external_id: str
    version: int
    media_type: str
    title: str
    metadata: dict[str, Any]
    asset_key: str
    asset_size: int
    width: int
    height: int
    mime_type: str
    file_name: str
    rank: int
    source_url: str | None
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the library shows it."""

    id: str
    version: int
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
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Pairs:
    """Where a chunk's entries live: their project and system, and the rank of the job."""

    project: int
    system_name: str
    rank: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image as its entry would have it; ``metadata`` is JSON text."""

    position: int
    external_id: str
    media_type: str
    title: str
    metadata: str
    url: str


@dataclass(frozen=True, slots=True)
class Met:
    """An entry that a candidate would meet; ``same``: it is all that the candidate says."""

    position: int
    entry: str
    same: bool


async def lock_pairs(
    connection: pool.Connection, pairs: Pairs, external_ids: Sequence[str]
) -> dict[str, Current]:
    """By external id; those that are not there yet are missing."""
    given = {
        "project": pairs.project,
        "system_name": pairs.system_name,
        "external_ids": list(external_ids),
    }
    rows = await (await connection.execute(_SQL["lock_pairs"], given)).fetchall()
    return {row["external_id"]: Current(**row) for row in rows}


async def insert(
    connection: pool.Connection, pairs: Pairs, contents: Sequence[Content]
) -> set[str]:
    """External ids of those that were made; the others exist since a moment ago."""
    given = {
        "rows": msgspec.json.encode(contents).decode(),
        "project": pairs.project,
        "system_name": pairs.system_name,
        "rank": pairs.rank,
    }
    rows = await (await connection.execute(_SQL["insert"], given)).fetchall()
    return {row["external_id"] for row in rows}


async def update(connection: pool.Connection, pairs: Pairs, contents: Sequence[Content]) -> None:
    if contents:
        await connection.execute(_SQL["update"], _columns(contents) | {"rank": pairs.rank})


async def touch(connection: pool.Connection, pairs: Pairs, contents: Sequence[Content]) -> None:
    if contents:
        await connection.execute(_SQL["touch"], _columns(contents) | {"rank": pairs.rank})


def _columns(contents: Sequence[Content]) -> dict[str, Any]:
    return {
        field.name: [getattr(content, field.name) for content in contents]
        for field in fields(Content)
    }


async def by_ids(connection: pool.Connection, project: int, ids: Sequence[str]) -> list[Entry]:
    given = {"project": project, "ids": list(ids)}
    rows = await (await connection.execute(_SQL["by_ids"], given)).fetchall()
    return [Entry(**row) for row in rows]


async def by_pair(
    connection: pool.Connection, project: int, system_name: str, external_id: str
) -> list[Entry]:
    """The pair's entry, or nothing."""
    given = {"project": project, "system_name": system_name, "external_id": external_id}
    rows = await (await connection.execute(_SQL["by_pair"], given)).fetchall()
    return [Entry(**row) for row in rows]


async def compare(
    connection: pool.Connection, project: int, system_name: str, candidates: Sequence[Candidate]
) -> list[Met]:
    """The entries that are there for candidates, in no order."""
    given = {
        "project": project,
        "system_name": system_name,
        "rows": msgspec.json.encode(candidates).decode(),
    }
    rows = await (await connection.execute(_SQL["compare"], given)).fetchall()
    return [Met(**row) for row in rows]
