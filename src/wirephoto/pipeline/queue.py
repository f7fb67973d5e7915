"""The queue: its names, its priorities, and how tasks come into it.

A task is deferred on the caller's connection, so it exists exactly when its transaction commits.
"""

from collections.abc import Sequence
from datetime import datetime

import procrastinate
import procrastinate.jobs

from wirephoto.db import pool

CHUNKS = "chunks"
FIRST_CHUNKS = "first"  # one slot of each worker takes only these
CHUNK_TASK = "import_chunk"


async def open_app(database: pool.Pool) -> procrastinate.App:
    """The queue over a pool that stays its caller's."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    await app.open_async(database)
    return app


async def defer_chunks(
    app: procrastinate.App,
    connection: pool.Connection,
    chunks: Sequence[tuple[int, int]],
    *,
    due: datetime | None = None,
) -> None:
    """Queue chunks given as (id, number).

    Chunk k of any job has priority -k: everybody's first chunks come before anyone's later ones.
    """
    jobs = [
        procrastinate.jobs.Job(
            queue=FIRST_CHUNKS if number == 0 else CHUNKS,
            task_name=CHUNK_TASK,
            priority=-number,
            lock=None,
            queueing_lock=None,
            task_kwargs={"chunk": chunk},
            scheduled_at=due,
        )
        for chunk, number in chunks
    ]
    await _defer(app, connection, jobs)


async def _defer(
    app: procrastinate.App, connection: pool.Connection, jobs: list[procrastinate.jobs.Job]
) -> None:
    """Insert tasks; what the database did wrong comes out as the database's own error."""
    if not jobs:
        return
    try:
        await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)
    except procrastinate.exceptions.ConnectorException as wrapped:
        raise wrapped.__cause__ or wrapped from None
