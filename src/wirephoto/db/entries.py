"""Statements on the media library's entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from wirephoto.db import pool, queries

_SQL = queries.load("entries")


class Content(msgspec.Struct, frozen=True):
    """What an import decides of an entry; sizes in bytes and pixels.

    ``metadata``, ``origins`` (of properties that the caller has not set: who has) and ``left_out``
    (embedded values that broke a rule) are JSON texts.

    ``checksum`` is the caller's; ``source_sha256`` of the asset's bytes as they came, and
    ``request_digest`` of what was asked for, in hexadecimal digits.
    """

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
    checksum: str | None
    source_sha256: str | None
    request_digest: str | None
    origins: str = "{}"
    left_out: str | None = None


class Current(msgspec.Struct, frozen=True):
    """An entry as it is, locked for this transaction; ``metadata`` and ``origins`` decoded.

    ``edited``: by somebody, since the last import that decided it.
    """

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
    origins: dict[str, str]
    source_sha256: str | None
    edited: bool


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
    left_out: list[str] | None
    archived_at: datetime | None
    revoked_at: datetime | None  # its asset, which other entries may share
    revoke_note: str | None
    blurhash: str | None  # once its picture is described
    dominant_color: str | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Where a chunk's entries live: their project and system; and the job with its rank."""

    project: int
    system_name: str
    rank: int
    job: int


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
    """An entry that a candidate would meet, and what it knows of its picture.

    ``same``: title, media type and metadata; ``edited``: since the last import; ``sha256`` in
    hexadecimal digits.
    """

    position: int
    entry: str
    same: bool
    same_url: bool
    checksum: str | None
    sha256: str | None
    edited: bool


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


async def update(connection: pool.Connection, pairs: Pairs, contents: Sequence[Content]) -> None:
    if contents:
        await connection.execute(_SQL["update"], _given(contents, pairs))


async def touch(connection: pool.Connection, pairs: Pairs, contents: Sequence[Content]) -> None:
    if contents:
        await connection.execute(_SQL["touch"], _given(contents, pairs))


def _given(contents: Sequence[Content], pairs: Pairs) -> dict[str, Any]:
    return {"rows": msgspec.json.encode(contents).decode(), "rank": pairs.rank}


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
