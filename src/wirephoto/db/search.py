"""Statements that find entries by what they say and what they are, and keep that to be found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from wirephoto.db import entries, pool, queries

_SQL = queries.load("search")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; None asks nothing. Sizes in pixels and bytes, times from and up to.

    ``words``: each in its spellings. ``orientation``: 1 landscape, 0 square, -1 portrait. ``top``
    is the newest of the entries that were ranked when the first page was made.
    """

    project: int
    limit: int
    candidates: int
    by_rank: bool = False
    words: list[str] | None = None
    media_type: str | None = None
    system_name: str | None = None
    mime_type: str | None = None
    orientation: int | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    archived: bool | None = None
    revoked: bool | None = None
    before_at: datetime | None = None
    before_id: str | None = None
    top_at: datetime | None = None
    top_id: str | None = None
    after_rank: float | None = None
    after_at: datetime | None = None
    after_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with its rank, and the newest of all that were looked at."""

    entry: entries.Entry
    rank: float
    top_at: datetime
    top_id: str


async def page(connection: pool.Connection, query: Query) -> list[Found]:
    """The statement is planned for what is asked: none of it is prepared."""
    cursor = await connection.execute(_SQL["page"], asdict(query), prepare=False)
    return [_found(row) for row in await cursor.fetchall()]


def _found(row: dict[str, Any]) -> Found:
    rank, top_at, top_id = (row.pop(name) for name in ("rank", "top_at", "top_id"))
    return Found(entries.Entry(**row), rank, top_at, top_id)


async def set_rules(
    connection: pool.Connection, project: int, properties: Mapping[str, Sequence[str]]
) -> None:
    """The searchable properties by media type; where they are new, entries are looked at again."""
    given = {"project": project, "properties": msgspec.json.encode(properties).decode()}
    async with connection.transaction():
        if await (await connection.execute(_SQL["set_rules"], given)).fetchone():
            await connection.execute(_SQL["enqueue_all"], given)


async def enqueue(connection: pool.Connection, project: int, ids: Sequence[str]) -> None:
    """Have entries looked at that the caller's transaction has made or changed."""
    if ids:
        await connection.execute(_SQL["enqueue"], {"project": project, "ids": list(ids)})


async def importing(connection: pool.Connection) -> bool:
    row = await (await connection.execute(_SQL["importing"])).fetchone()
    assert row is not None
    return bool(row["found"])


async def dequeue(connection: pool.Connection, project: int | None) -> list[str]:
    """Entries to look at: the oldest, or of a project the newest; none where nothing waits."""
    name = "dequeue" if project is None else "dequeue_newest"
    rows = await (await connection.execute(_SQL[name], {"project": project})).fetchall()
    return [row["entry"] for row in rows]


async def read(connection: pool.Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """``id``, ``version``, ``title``, ``metadata``, and searchable ``properties`` of each."""
    return await (await connection.execute(_SQL["entries"], {"ids": list(ids)})).fetchall()


async def write(connection: pool.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """``id``, ``version``, ``title`` and ``words`` of each."""
    await connection.execute(_SQL["write"], {"rows": msgspec.json.encode(rows).decode()})
