"""Statements on renditions: which are there, and who makes one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("renditions")


@dataclass(frozen=True, slots=True)
class Rendition:
    """``size`` in bytes; ``problem``: it could not be made a short while ago."""

    size: int | None
    sha256: bytes | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """We make it; ``claimed_at`` is the fence."""

    key: str
    claimed_at: datetime


async def find(connection: pool.Connection, key: str) -> Rendition | None:
    row = await (await connection.execute(_SQL["find"], {"key": key})).fetchone()
    return Rendition(**row) if row else None


async def claim(connection: pool.Connection, key: str, original: str) -> Claim | None:
    """None: somebody else makes it, or the original is gone."""
    given = {"key": key, "original": original}
    row = await (await connection.execute(_SQL["claim"], given)).fetchone()
    return Claim(key, row["changed_at"]) if row else None


async def finish(connection: pool.Connection, claim: Claim, size: int, sha256: bytes) -> bool:
    """Whether the claim still held, and the original still is there."""
    given = {"key": claim.key, "claimed_at": claim.claimed_at, "size": size, "sha256": sha256}
    return (await connection.execute(_SQL["finish"], given)).rowcount == 1


async def fail(connection: pool.Connection, claim: Claim, problem: str) -> None:
    given = {"key": claim.key, "claimed_at": claim.claimed_at, "problem": problem}
    await connection.execute(_SQL["fail"], given)


async def give_up(connection: pool.Connection, claim: Claim) -> None:
    given = {"key": claim.key, "claimed_at": claim.claimed_at}
    await connection.execute(_SQL["give_up"], given)


async def lose(connection: pool.Connection, key: str, sha256: bytes) -> None:
    await connection.execute(_SQL["lose"], {"key": key, "sha256": sha256})


async def prune(connection: pool.Connection, original: str, most: int) -> list[str]:
    """Forget the oldest over ``most``; their keys: their objects are the caller's to remove."""
    given = {"original": original, "most": most}
    rows = await (await connection.execute(_SQL["prune"], given)).fetchall()
    return [row["key"] for row in rows]


async def of_originals(connection: pool.Connection, originals: Sequence[str]) -> list[str]:
    given = {"originals": list(originals)}
    rows = await (await connection.execute(_SQL["of_originals"], given)).fetchall()
    return [row["key"] for row in rows]


async def known(connection: pool.Connection, keys: Sequence[str]) -> set[str]:
    rows = await (await connection.execute(_SQL["known"], {"keys": list(keys)})).fetchall()
    return {row["key"] for row in rows}
