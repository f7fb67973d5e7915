"""Statements on what pictures look like: who describes them, and which are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wirephoto.db import blobs, pool, queries

_SQL = queries.load("descriptions")


@dataclass(frozen=True, slots=True)
class Claim:
    """Pictures to describe; ``tries`` is the fence; ``overdue``: they waited for imports enough."""

    id: int
    keys: list[str]
    tries: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Look:
    """``color`` as ``#rrggbb``; ``hash`` as a signed integer of 64 bits."""

    blurhash: str
    color: str
    hash: int


@dataclass(frozen=True, slots=True)
class Subject:
    """An entry's picture; ``hash`` once it is described."""

    key: str
    hash: int | None


@dataclass(frozen=True, slots=True)
class Alike:
    """An entry, and the bits in which its picture's hash differs."""

    id: str
    distance: int


async def note(connection: pool.Connection, keys: Sequence[str]) -> None:
    """In the transaction that makes them: these are to be described."""
    if keys:
        await connection.execute(_SQL["note"], {"keys": list(keys)})


async def claim(connection: pool.Connection) -> Claim | None:
    """None: nothing is due."""
    row = await (await connection.execute(_SQL["claim"])).fetchone()
    return Claim(**row) if row else None


async def imports_wait(connection: pool.Connection) -> bool:
    """Whether an import is under way."""
    row = await (await connection.execute(_SQL["imports_wait"])).fetchone()
    return bool(row and row["found"])


async def pictures(connection: pool.Connection, claim: Claim) -> list[blobs.Blob]:
    rows = await (await connection.execute(_SQL["pictures"], {"keys": claim.keys})).fetchall()
    return [blobs.Blob(**row) for row in rows]


async def keep(connection: pool.Connection, looks: Mapping[str, Look | None]) -> None:
    """By key; None: it has none, and is not tried again."""
    given = {
        "keys": list(looks),
        "blurhashes": [look and look.blurhash for look in looks.values()],
        "colors": [look and look.color for look in looks.values()],
        "hashes": [look and look.hash for look in looks.values()],
    }
    await connection.execute(_SQL["keep"], given)


async def done(connection: pool.Connection, claim: Claim) -> None:
    await connection.execute(_SQL["done"], {"undescribed": claim.id, "tries": claim.tries})


async def put_off(
    connection: pool.Connection, claim: Claim, keys: Sequence[str], seconds: float, *, counts: bool
) -> None:
    """``counts``: it was a try."""
    given = {
        "undescribed": claim.id,
        "tries": claim.tries,
        "keys": list(keys),
        "seconds": seconds,
        "returned": 0 if counts else 1,
    }
    await connection.execute(_SQL["put_off"], given)


async def of_entry(connection: pool.Connection, project: int, entry: str) -> Subject | None:
    given = {"project": project, "id": entry}
    row = await (await connection.execute(_SQL["of_entry"], given)).fetchone()
    return Subject(row["asset_key"], row["difference_hash"]) if row else None


async def same(
    connection: pool.Connection, project: int, entry: str, key: str, limit: int
) -> list[str]:
    """Other entries with the very same bytes."""
    given = {"project": project, "id": entry, "key": key, "limit": limit}
    rows = await (await connection.execute(_SQL["same"], given)).fetchall()
    return [row["id"] for row in rows]


async def alike(
    connection: pool.Connection,
    project: int,
    subject: Subject,
    parts: Sequence[Sequence[int]],
    distance: int,
    limit: int,
) -> list[Alike]:
    """``parts``: what each of the four parts of a hash may be, the lowest bits first."""
    given = {
        "project": project,
        "key": subject.key,
        "hash": subject.hash,
        "distance": distance,
        "limit": limit,
        **{f"part_{place}": list(values) for place, values in enumerate(parts)},
    }
    rows = await (await connection.execute(_SQL["alike"], given)).fetchall()
    return [Alike(**row) for row in rows]
