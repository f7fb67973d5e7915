"""Statements on lists of pictures that somebody gave on the page: kept for a day, in blocks."""

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from wirephoto.db import pool, queries

_SQL = queries.load("drafts")
_BLOCK_BYTES = 1 << 20
_KEPT = 19  # of a project, beside the new one


@dataclass(frozen=True, slots=True)
class Draft:
    """``asked`` and ``found`` are JSON; ``name`` is the file's, empty for what was pasted."""

    id: int
    public_id: str
    name: str
    created_at: datetime
    asked: str
    found: str | None


async def insert(
    connection: pool.Connection,
    *,
    project: int,
    public_id: str,
    name: str,
    asked: str,
    content: BinaryIO,
) -> None:
    """In the caller's transaction; ``content`` is read from where it stands to its end."""
    given = {"project": project, "public_id": public_id, "name": name, "asked": asked}
    row = await (await connection.execute(_SQL["insert"], given | {"kept": _KEPT})).fetchone()
    assert row is not None
    number = 0
    while block := content.read(_BLOCK_BYTES):
        one = {"draft": row["id"], "number": number, "content": block}
        await connection.execute(_SQL["add"], one)
        number += 1


async def find(connection: pool.Connection, project: int, public_id: str) -> Draft | None:
    given = {"project": project, "public_id": public_id}
    row = await (await connection.execute(_SQL["find"], given)).fetchone()
    return Draft(**row) if row else None


async def copy(connection: pool.Connection, draft: int, target: BinaryIO) -> None:
    """All of its content, a block at a time."""
    number = 0
    while True:
        given = {"draft": draft, "number": number}
        row = await (await connection.execute(_SQL["block"], given)).fetchone()
        if row is None:
            return
        target.write(row["content"])
        number += 1


async def note(connection: pool.Connection, draft: int, asked: str, found: str | None) -> None:
    await connection.execute(_SQL["note"], {"draft": draft, "asked": asked, "found": found})


async def systems(connection: pool.Connection, project: int) -> list[str]:
    """Names a project imported from, the last one first."""
    rows = await (await connection.execute(_SQL["systems"], {"project": project})).fetchall()
    return [row["system_name"] for row in rows]
