"""Statements of the accept stage: a job, its images and its chunks."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from wirephoto import model
from wirephoto.db import pool, queries

_SQL = queries.load("accept")


@dataclass(frozen=True, slots=True)
class NewJob:
    """Ids are of the rows in their tables; ``context`` is JSON text.

    ``retry_of`` is the job whose images this one tries again, ``rank`` the place of that one.
    ``traceparent``: the span that it is made in.
    """

    public_id: str
    project: int
    snapshot: int
    token: int | None
    system_name: str
    webhook: str | None
    context: str | None
    total: int
    update_policy: model.Update
    versioned: bool
    retry_of: int | None = None
    rank: int | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A job that is to be tried again."""

    id: int
    rank: int
    state: str
    system_name: str
    webhook: str | None
    context: str | None
    update_policy: model.Update
    versioned: bool
    cancelled: int


async def insert_job(connection: pool.Connection, job: NewJob) -> int:
    cursor = await connection.execute(_SQL["insert_job"], asdict(job))
    row = await cursor.fetchone()
    assert row is not None
    return int(row["id"])


async def copy_images(
    connection: pool.Connection, blocks: Iterable[bytes], *, versioned: bool = False
) -> None:
    """``blocks`` are whole lines of COPY's text format, as ``copy_block`` makes them.

    ``versioned``: with two texts more, checksum and SHA-256 as bytea has it.
    """
    statement = _SQL["copy_versioned" if versioned else "copy_images"]
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            await copy.write(block)


NULL = "\ud800"  # as a cell; no text holds an unpaired surrogate
_CELL, _ROW = "\0", "\0\0\0"  # no text holds U+0000, and only one in a row may be empty


def copy_block(job: int, first: int, rows: Sequence[Sequence[str]]) -> bytes:
    """Rows in COPY's text format (PostgreSQL manual, COPY), ``first`` the position of the first.

    Of a row's texts at most one may be empty. Escaped as a whole: text by text takes seven times
    as long.
    """
    numbered = enumerate(rows, first)
    text = _ROW.join([f"{job}\0{position}\0{_CELL.join(row)}" for position, row in numbered])
    text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return (text.replace(_ROW, "\n").replace(_CELL, "\t").replace(NULL, "\\N") + "\n").encode()


async def find_source(connection: pool.Connection, project: int, public_id: str) -> Source | None:
    given = {"project": project, "public_id": public_id}
    row = await (await connection.execute(_SQL["find_source"], given)).fetchone()
    return Source(**row) if row else None


async def copy_failed(
    connection: pool.Connection, job: int, source: Source, codes: Sequence[str] | None
) -> int:
    """Give ``job`` the images of ``source`` that failed; how many there are.

    ``codes`` narrow them; images that were cancelled are among them only by their code.
    """
    given = {
        "job": job,
        "source": source.id,
        "broken": source.state == "failed",
        "codes": None if codes is None else list(codes),
    }
    total = (await connection.execute(_SQL["copy_failed"], given)).rowcount
    await connection.execute(_SQL["set_total"], {"job": job, "total": total})
    return total


async def insert_chunks(
    connection: pool.Connection,
    job: int,
    *,
    total: int,
    size: int,
    settled: Sequence[int],
    sift: bool,
) -> list[tuple[int, int]]:
    """Chunks of ``size`` positions each, as (id, number)."""
    given = {"job": job, "total": total, "size": size, "settled": list(settled), "sift": sift}
    cursor = await connection.execute(_SQL["insert_chunks"], given)
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
