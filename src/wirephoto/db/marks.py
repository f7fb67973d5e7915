"""Statements on the marks of storage folders."""

import secrets
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("marks")


@dataclass(frozen=True, slots=True)
class Mark:
    """Of a folder. ``is_made``: it has borne it; ``others``: folders of other names have theirs."""

    mark: str
    is_made: bool
    others: bool


async def claim(connection: pool.Connection, location: str) -> Mark:
    """The mark of a folder, chosen now where it has none."""
    given = {"location": location, "mark": secrets.token_hex(16)}
    await connection.execute(_SQL["choose"], given)
    row = await (await connection.execute(_SQL["find"], given)).fetchone()
    assert row is not None
    return Mark(**row)


async def made(connection: pool.Connection, location: str) -> None:
    """The folder bears its mark: from now on it must."""
    await connection.execute(_SQL["made"], {"location": location})


async def some_pictures(connection: pool.Connection) -> list[str]:
    """Keys of a few pictures that are said to be stored."""
    rows = await (await connection.execute(_SQL["some_pictures"])).fetchall()
    return [row["key"] for row in rows]
