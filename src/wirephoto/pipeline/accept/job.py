"""The transaction that makes a batch a job: what commits here is durable, and will be worked."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import procrastinate

from wirephoto.db import accept, pool
from wirephoto.pipeline import queue
from wirephoto.pipeline.accept import batch, request

CHUNK_IMAGES = 64  # a crash repeats at most a chunk; 500 tasks a second carry 30,000 images
SMALL_CHUNK_IMAGES = 8
_CHUNKS_OF_A_SMALL_JOB = 16
_BLOCK_LINES = 500
_MANY_CHUNKS = 100
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Owner:
    """Rows of the project, of its media types as they are now, and of the token that asks."""

    project: int
    snapshot: int
    token: int | None


def new_public_id() -> str:
    """Ten characters that nobody mistakes for others: 49 bits, checked to be unique."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def chunk_size(images: int) -> int:
    """Images in each chunk of a job: small jobs are spread over all workers, and seen to move."""
    return max(SMALL_CHUNK_IMAGES, min(CHUNK_IMAGES, images // _CHUNKS_OF_A_SMALL_JOB))


async def write(
    database: pool.Pool, app: procrastinate.App, owner: Owner, asked: batch.Batch
) -> str:
    """Write a batch and queue its chunks, in one transaction; the job's public id."""
    public_id = new_public_id()
    async with database.connection() as connection, connection.transaction():
        job = await accept.insert_job(connection, _new_job(public_id, owner, asked))
        await accept.copy_images(connection, _blocks(job, asked.images))
        await accept.fail_duplicates(connection, job, asked.duplicates, batch.DUPLICATE_REASON)
        chunks = await accept.insert_chunks(
            connection,
            job,
            total=len(asked.images),
            size=chunk_size(len(asked.images)),
            settled=asked.duplicates,
        )
        await queue.defer_chunks(app, connection, chunks)
        await accept.stamp(connection, job)
    if len(chunks) >= _MANY_CHUNKS:
        with contextlib.suppress(*pool.DATABASE_AWAY):  # the job is committed, whatever comes now
            async with database.connection() as connection:
                await accept.analyze_queue(connection)
    return public_id


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
    media_type = image.mediaType if image.mediaType is not None else request.DEFAULT_MEDIA_TYPE
    return image.url, image.id, image.fileName, media_type, metadata
