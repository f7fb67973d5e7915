"""Statements that settle, all at once, what a large chunk has that needs no request."""

from wirephoto.db import chunks, pool, queries

_SQL = queries.load("sift")


async def skip(
    connection: pool.Connection, chunk: chunks.Chunk, job: chunks.Job, reason: str
) -> int:
    """How many images of the chunk got their row: skipped, for this reason."""
    given = {
        "job": job.id,
        "chunk": chunk.id,
        "project": job.project_id,
        "system_name": job.system_name,
        "rules": job.snapshot_id,
        "rank": job.rank,
        "reason": reason,
    }
    statement = _SQL["never" if job.update_policy == "never" else "same"]
    return (await connection.execute(statement, given)).rowcount


async def cut(connection: pool.Connection, chunk: chunks.Chunk, size: int) -> list[tuple[int, int]]:
    """Chunks of so many images each, of those that have no row, as (id, number)."""
    given = {"job": chunk.job_id, "chunk": chunk.id, "size": size}
    rows = await (await connection.execute(_SQL["cut"], given)).fetchall()
    return [(row["id"], row["number"]) for row in rows]
