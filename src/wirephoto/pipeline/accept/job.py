"""The transaction that makes a batch a job: what commits here is durable, and will be worked."""

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import procrastinate

from wirephoto.db import accept, keys, pool
from wirephoto.pipeline import queue
from wirephoto.pipeline.accept import batch, quota, request

CHUNK_IMAGES = 64  # a crash repeats at most a chunk; 500 tasks a second carry 30,000 images
SMALL_CHUNK_IMAGES = 8
_CHUNKS_OF_A_SMALL_JOB = 16
_BLOCK_LINES = 500
_MANY_CHUNKS = 100
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Owner:
    """Rows of the project, of its media types as they are now, and of the token that asks.

    ``per_day`` is the project's quota, 0 for none.
    """

    project: int
    snapshot: int
    token: int | None
    per_day: int = 0


def new_public_id() -> str:
    """Ten characters that nobody mistakes for others: 49 bits, checked to be unique."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def chunk_size(images: int) -> int:
    """Images in each chunk of a job: small jobs are spread over all workers, and seen to move."""
    return max(SMALL_CHUNK_IMAGES, min(CHUNK_IMAGES, images // _CHUNKS_OF_A_SMALL_JOB))


async def write(
    database: pool.Pool,
    app: procrastinate.App,
    owner: Owner,
    asked: batch.Batch,
    key: keys.Key | None = None,
) -> str | None:
    """Write a batch and queue its chunks, in one transaction; the job's public id.

    None: ``key`` is another request's, and nothing was written.

    Raises:
        errors.OverQuota: the project's day has no room for the batch.
    """
    public_id = new_public_id()
    images = len(asked.images)
    allowed = quota.Quota(owner.project, owner.per_day)
    async with database.connection() as connection, connection.transaction():
        if key is not None and not await keys.claim(connection, key, public_id):
            return None
        await quota.check(connection, allowed, images)
        job = await accept.insert_job(connection, _new_job(public_id, owner, asked))
        await accept.copy_images(connection, _blocks(job, asked.images))
        await accept.fail_duplicates(connection, job, asked.duplicates, batch.DUPLICATE_REASON)
        chunks = await enqueue(connection, app, job, images, asked.duplicates)
        await quota.take(connection, allowed, images)
        await accept.stamp(connection, job)
    await refresh(database, chunks)
    return public_id


async def enqueue(
    connection: pool.Connection,
    app: procrastinate.App,
    job: int,
    images: int,
    settled: Sequence[int] = (),
) -> int:
    """Cut a job into chunks and queue them, in the transaction that writes it; how many."""
    size = chunk_size(images)
    chunks = await accept.insert_chunks(connection, job, total=images, size=size, settled=settled)
    await queue.defer_chunks(app, connection, chunks)
    return len(chunks)


async def refresh(database: pool.Pool, chunks: int) -> None:
    """Tell the queue's planner of many new tasks; the job is committed, whatever comes now."""
    if chunks >= _MANY_CHUNKS:
        with contextlib.suppress(*pool.DATABASE_AWAY):
            async with database.connection() as connection:
                await accept.analyze_queue(connection)


def _new_job(public_id: str, owner: Owner, asked: batch.Batch) -> accept.NewJob:
    return accept.NewJob(
        public_id=public_id,
        project=owner.project,
        snapshot=owner.snapshot,
        token=owner.token,
        system_name=asked.system_name,
        webhook=asked.webhook,
        context=asked.context,
        total=len(asked.images),
    )


def _blocks(job: int, images: list[request.Image]) -> Iterator[bytes]:
    """Lines for COPY, some hundred at a time: each block is a breath for the event loop."""
    for start in range(0, len(images), _BLOCK_LINES):
        lines = (
            accept.copy_line(job, start + offset, _texts(image))
            for offset, image in enumerate(images[start : start + _BLOCK_LINES])
        )
        yield "".join(lines).encode()


def _texts(image: request.Image) -> tuple[str, ...]:
    metadata = _ENCODER.encode(image.metadata).decode()
    return image.url, image.id, image.fileName, image.handle, metadata
