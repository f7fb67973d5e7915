"""Take out of a large chunk what needs no request, and cut the rest into chunks of the usual size.

A few statements, however many images: a re-import of which little changed is mostly this. It
settles only what is the same in every respect; other cases of ``known`` are decided one by one.
"""

import procrastinate
import structlog

from wirephoto.db import chunks, parts, pool, sift
from wirephoto.metrics import families
from wirephoto.pipeline import catalogue, finish, queue
from wirephoto.pipeline.accept import job as accepting

log = structlog.get_logger(__name__)


async def sift_chunk(
    connection: pool.Connection, app: procrastinate.App, chunk: chunks.Chunk, job: chunks.Job
) -> None:
    """Settle what can be settled, and close the chunk: in one transaction behind its fence."""
    async with connection.transaction():
        if not await chunks.fence(connection, chunk):
            log.warning("fenced", attempt=chunk.attempt)
            return
        skipped = await sift.skip(connection, chunk, job, catalogue.UNCHANGED)
        left = len(chunk.positions) - skipped
        made = await sift.cut(connection, chunk, accepting.chunk_size(left)) if left else []
        await queue.defer_chunks(app, connection, made)
        part = parts.Part(skipped=skipped, closes=True)
        settled = await parts.settle(connection, chunk, job, part)
        ended = await finish.call(connection, settled.counted)
    finish.tell(ended)
    families.IMAGES.add("skipped", "", by=skipped)
