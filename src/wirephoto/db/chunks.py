"""Statements on chunks: the work that is left, and its fence."""

from dataclasses import dataclass, field, fields
from datetime import datetime

import msgspec

from wirephoto import model
from wirephoto.db import pool, queries

_SQL = queries.load("chunks")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A claimed chunk. ``waited`` is how long its images wait for an origin or storage, seconds.

    ``sift``: it is large, and first sifted of what needs no request. ``job`` is its public id,
    ``traceparent`` the span that made it.
    """

    id: int
    job_id: int
    job: str | None
    traceparent: str | None
    number: int
    positions: list[int]
    tries: int
    attempt: int
    waited: float | None
    sift: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """What a chunk needs of its job; ``calls``: it has a webhook.

    ``storage_key`` is the project's secret: never log it.
    """

    id: int
    rank: int
    system_name: str
    state: str
    snapshot_id: int
    project_id: int
    update_policy: model.Update
    calls: bool
    handle: str
    storage_key: bytes = field(repr=False)


class Image(msgspec.Struct, frozen=True):
    """An image as it was asked for, and what its entry had when the chunk was claimed.

    ``checksum``, ``sha256`` and ``request_digest`` are the request's, ``known_checksum`` and
    ``known_sha256`` those of the last import of the pair; digests in lower hexadecimal digits.
    """

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
    origins: dict[str, str] | None = None
    checksum: str | None = None
    sha256: str | None = None
    request_digest: str | None = None
    known_checksum: str | None = None
    known_sha256: str | None = None
    edited_since: bool = False

    @property
    def edited(self) -> list[str]:
        """Properties of its entry that an edit has set, or removed."""
        return [name for name, origin in (self.origins or {}).items() if origin == "editor"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A chunk with its fence raised, and what it is to bring.

    ``job`` is None where that is gone; ``images`` are those without a final row, none of a chunk
    that is to be sifted or split.
    """

    chunk: Chunk
    job: Job | None
    images: list[Image]


_OF_JOB = [one.name for one in fields(Job) if one.name != "id"]


@dataclass(frozen=True, slots=True)
class Later:
    """Images that come back in ``delay`` seconds, ``waited`` seconds into their waiting."""

    number: int
    positions: list[int]
    tries: int
    delay: float
    waited: float | None


async def claim(connection: pool.Connection, chunk: int, *, wears_after: int) -> Claimed | None:
    """The chunk with its fence raised; None when its work is done already.

    One of several images that was claimed more than ``wears_after`` times is to be split.
    """
    given = {"chunk": chunk, "wears_after": wears_after}
    row = await (await connection.execute(_SQL["claim"], given)).fetchone()
    if row is None:
        return None
    found = row.pop("images")
    images = msgspec.json.decode(found, type=list[Image]) if found else []
    of_job = {name: row.pop(name) for name in _OF_JOB}
    job = Job(id=row["job_id"], **of_job) if of_job["rank"] is not None else None
    claimed = Chunk(**row)
    if claimed.attempt > 1:
        settled = await _settled(connection, claimed)
        images = [one for one in images if one.position not in settled]
    return Claimed(claimed, job, images)


async def _settled(connection: pool.Connection, chunk: Chunk) -> set[int]:
    """Positions with a row by now: a claim that waited for who had the chunk before read old rows.

    Nobody settles anything of the chunk between: the fence is up.
    """
    given = {"job": chunk.job_id, "positions": chunk.positions}
    rows = await (await connection.execute(_SQL["settled"], given)).fetchall()
    return {row["position"] for row in rows}


async def snapshot(connection: pool.Connection, snapshot_id: int) -> bytes:
    row = await (await connection.execute(_SQL["snapshot"], {"snapshot": snapshot_id})).fetchone()
    assert row is not None
    return bytes(row["content"])


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
