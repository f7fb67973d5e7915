"""Statements on chunks: the work that is left, and its fence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("chunks")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A claimed chunk. ``waited`` is how long its images wait for an origin or storage, seconds."""

    id: int
    job_id: int
    number: int
    positions: list[int]
    tries: int
    attempt: int
    waited: float | None


@dataclass(frozen=True, slots=True)
class Job:
    """What a chunk needs of its job. ``storage_key`` is the project's secret: never log it."""

    id: int
    rank: int
    system_name: str
    state: str
    snapshot_id: int
    project_id: int
    handle: str
    storage_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it was asked for, and what its entry had when the chunk was claimed."""

    position: int
    url: str
    external_id: str
    file_name: str
    media_type: str
    metadata: str
    asset_key: str | None
    source_url: str | None
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Later:
    """Images that come back in ``delay`` seconds, ``waited`` seconds into their waiting."""

    number: int
    positions: list[int]
    tries: int
    delay: float
    waited: float | None


async def claim(connection: pool.Connection, chunk: int) -> Chunk | None:
    """The chunk with its fence raised; None when its work is done already."""
    row = await (await connection.execute(_SQL["claim"], {"chunk": chunk})).fetchone()
    return Chunk(**row) if row else None


async def begin_job(connection: pool.Connection, job: int) -> Job | None:
    row = await (await connection.execute(_SQL["begin_job"], {"job": job})).fetchone()
    return Job(**row) if row else None


async def snapshot(connection: pool.Connection, snapshot_id: int) -> bytes:
    row = await (await connection.execute(_SQL["snapshot"], {"snapshot": snapshot_id})).fetchone()
    assert row is not None
    return bytes(row["content"])


async def images(connection: pool.Connection, job: Job, positions: Sequence[int]) -> list[Image]:
    given = {
        "job": job.id,
        "project": job.project_id,
        "system_name": job.system_name,
        "positions": list(positions),
    }
    rows = await (await connection.execute(_SQL["images"], given)).fetchall()
    return [Image(**row) for row in rows]


async def fence(connection: pool.Connection, chunk: Chunk) -> bool:
    """First statement of the catalogue transaction: whether we still hold the chunk."""
    given = {"chunk": chunk.id, "attempt": chunk.attempt}
    return await (await connection.execute(_SQL["fence"], given)).fetchone() is not None


async def close(connection: pool.Connection, chunk: Chunk) -> None:
    await connection.execute(_SQL["close"], {"chunk": chunk.id})


async def insert_later(connection: pool.Connection, job: int, later: Later) -> tuple[int, datetime]:
    """The new chunk's id, and when it is due by the database's clock."""
    given = {
        "job": job,
        "number": later.number,
        "positions": later.positions,
        "tries": later.tries,
        "delay": later.delay,
        "waited": later.waited,
    }
    row = await (await connection.execute(_SQL["insert_later"], given)).fetchone()
    assert row is not None
    return row["id"], row["available_at"]


async def withdraw(connection: pool.Connection, job: int) -> dict[int, int]:
    """Take away all that a job has left to do; tries by position, of images that had some.

    Whoever is just writing what a chunk learned is waited for, and so are the later chunks that
    this leaves. From then on nobody can write for the job: no fence holds without its chunk.
    """
    tries: dict[int, int] = {}
    while True:
        for row in await (await connection.execute(_SQL["withdraw"], {"job": job})).fetchall():
            if row["tries"]:
                tries |= dict.fromkeys(row["positions"], row["tries"])
        left = await (await connection.execute(_SQL["has_any"], {"job": job})).fetchone()
        assert left is not None
        if not left["found"]:
            return tries


async def stray(connection: pool.Connection, task: str) -> list[tuple[int, int]]:
    """Chunks that no task stands for, as (id, number)."""
    rows = await (await connection.execute(_SQL["stray"], {"task": task})).fetchall()
    return [(row["id"], row["number"]) for row in rows]


async def raise_starving(connection: pool.Connection, task: str) -> int:
    """How many chunks were raised."""
    return (await connection.execute(_SQL["raise_starving"], {"task": task})).rowcount
