"""Statements on the keys of requests (Idempotency-Key): one job for each, for a day."""

from dataclasses import asdict, dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("keys")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a project, and the SHA-256 of the body that it came with."""

    project: int
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Used:
    """What a key stands for: the digest of its body, the public id of its job."""

    digest: bytes
    job: str


async def find(connection: pool.Connection, key: Key) -> Used | None:
    given = {"project": key.project, "key": key.key}
    row = await (await connection.execute(_SQL["find"], given)).fetchone()
    return Used(bytes(row["digest"]), row["job"]) if row else None


async def claim(connection: pool.Connection, key: Key, job: str) -> bool:
    """First in the transaction that writes ``job``: whether the key is ours now."""
    cursor = await connection.execute(_SQL["claim"], asdict(key) | {"job": job})
    return await cursor.fetchone() is not None


async def forget(connection: pool.Connection) -> None:
    """Remove keys that are a day old."""
    await connection.execute(_SQL["forget"])
