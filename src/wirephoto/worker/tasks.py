"""The queue's tasks: they open nothing and decide nothing, but call the pipeline."""

import asyncio

import procrastinate
import procrastinate.jobs

from wirephoto.db import pool
from wirephoto.metrics import families
from wirephoto.pipeline import queue
from wirephoto.pipeline.steps import chunk as steps

_LONGEST_SECONDS = 60


class AlwaysAgain(procrastinate.BaseRetryStrategy):
    """A task that raised met a fault of ours or of the database: it is never given up here.

    What an image does wrong is an outcome, not an exception; how often a chunk may
    end a worker is the chunk's own count.
    """

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision:
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, pool.DATABASE_AWAY):
            families.DATABASE_ERRORS.add()
        seconds = min(2 ** min(job.attempts, 6), _LONGEST_SECONDS)
        return procrastinate.RetryDecision(retry_in={"seconds": seconds})


def register(app: procrastinate.App, imports: steps.Services) -> None:
    """Make the task known to the queue of this process."""

    @app.task(name=queue.CHUNK_TASK, retry=AlwaysAgain())
    async def import_chunk(chunk: int) -> None:
        await steps.import_chunk(imports, chunk)
