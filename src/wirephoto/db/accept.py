"""Statements of the accept stage: a job, its images and its chunks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("accept")


@dataclass(frozen=True, slots=True)
class NewJob:
    """Ids are of the rows in their tables; ``context`` is JSON text."""

    public_id: str
    project: int
    snapshot: int
    token: int | None
    system_name: str
    webhook: str | None
    context: str | None
    total: int


async def insert_job(connection: pool.Connection, job: NewJob) -> int:
    cursor = await connection.execute(
        _SQL["insert_job"],
        {
            "public_id": job.public_id,
            "project": job.project,
            "snapshot": job.snapshot,
            "token": job.token,
            "system_name": job.system_name,
            "webhook": job.webhook,
            "context": job.context,
            "total": job.total,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["id"])


async def copy_images(connection: pool.Connection, blocks: Iterable[bytes]) -> None:
    """``blocks`` are whole lines of COPY's text format, in the order of ``copy_line``."""
    async with connection.cursor() as cursor, cursor.copy(_SQL["copy_images"]) as copy:
        for block in blocks:
            await copy.write(block)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(job: int, position: int, texts: Sequence[str]) -> str:
    """One row in COPY's text format (PostgreSQL manual, COPY). Texts hold no U+0000."""
    values = "\t".join(text.translate(_ESCAPES) for text in texts)
    return f"{job}\t{position}\t{values}\n"


async def insert_chunks(
    connection: pool.Connection, job: int, *, total: int, size: int, settled: Sequence[int]
) -> list[tuple[int, int]]:
    """Chunks of ``size`` positions each, as (id, number)."""
    cursor = await connection.execute(
        _SQL["insert_chunks"], {"job": job, "total": total, "size": size, "settled": list(settled)}
    )
    return [(row["id"], row["number"]) for row in await cursor.fetchall()]


async def fail_duplicates(
    connection: pool.Connection, job: int, positions: Sequence[int], reason: str
) -> None:
    if positions:
        given = {"job": job, "positions": list(positions), "reason": reason}
        await connection.execute(_SQL["fail_duplicates"], given)
        await connection.execute(_SQL["count_duplicates"], {"job": job, "failed": len(positions)})


async def analyze_queue(connection: pool.Connection) -> None:
    """Refresh the queue's statistics, after many tasks came at once."""
    await connection.execute(_SQL["analyze_queue"])


async def stamp(connection: pool.Connection, job: int) -> None:
    """Set the moment of acceptance to now: last in the transaction."""
    await connection.execute(_SQL["stamp"], {"job": job})
