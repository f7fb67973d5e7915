"""The transaction that makes a batch a job: what commits here is durable, and will be worked."""

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import procrastinate
import structlog

from wirephoto import errors, tracing
from wirephoto.db import accept, keys, pool
from wirephoto.metrics import families
from wirephoto.pipeline import queue
from wirephoto.pipeline.accept import batch, quota, request, uses

CHUNK_IMAGES = 64  # a crash repeats at most a chunk; 500 tasks a second carry 30,000 images
SMALL_CHUNK_IMAGES = 8
SIFTED_IMAGES = 1024  # of a chunk that is sifted first: a few statements, whatever its size
_CHUNKS_OF_A_SMALL_JOB = 16
_BLOCK_LINES = 500
_MANY_CHUNKS = 100
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_ENCODER = msgspec.json.Encoder()
log = structlog.get_logger(__name__)


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
        errors.InvalidRequest: it names an upload that is not there.
    """
    public_id = new_public_id()
    images = len(asked.images)
    allowed = quota.Quota(owner.project, owner.per_day)
    async with database.connection() as connection, connection.transaction():
        if key is not None and not await keys.claim(connection, key, public_id):
            return None
        await quota.check(connection, allowed, images)
        held = await uses.hold(connection, owner.project, asked.uploads)
        job = await accept.insert_job(connection, _new_job(public_id, owner, asked))
        blocks = _blocks(job, asked)
        await accept.copy_images(connection, blocks, versioned=asked.versioned)
        await accept.fail_duplicates(connection, job, asked.duplicates, batch.DUPLICATE_REASON)
        await uses.use(connection, job, asked.uploads, held)
        settled = asked.duplicates
        chunks = await enqueue(connection, app, job, images, settled, sift=_may_be_sifted(asked))
        await quota.take(connection, allowed, images)
        await accept.stamp(connection, job)
    families.ACCEPTED.add(by=images)
    families.IMAGES.add("failed", errors.DuplicateId.code, by=len(settled))
    log.info("job_accepted", job=public_id, images=images)
    tracing.note(job=public_id, images=images)
    await refresh(database, chunks)
    return public_id


async def enqueue(
    connection: pool.Connection,
    app: procrastinate.App,
    job: int,
    images: int,
    settled: Sequence[int] = (),
    *,
    sift: bool = False,
) -> int:
    """Cut a job into chunks and queue them, in the transaction that writes it; how many.

    ``sift``: large ones, of which a worker first takes out what needs no request.
    """
    size = SIFTED_IMAGES if sift else chunk_size(images)
    chunks = await accept.insert_chunks(
        connection, job, total=images, size=size, settled=settled, sift=sift
    )
    await queue.defer_chunks(app, connection, chunks)
    return len(chunks)


async def refresh(database: pool.Pool, chunks: int) -> None:
    """Tell the queue's planner of many new tasks; the job is committed, whatever comes now."""
    if chunks >= _MANY_CHUNKS:
        with contextlib.suppress(*pool.DATABASE_AWAY):
            async with database.connection() as connection:
                await accept.analyze_queue(connection)


def _may_be_sifted(asked: batch.Batch) -> bool:
    """Whether many of its images may need no request; a few are quicker looked at one by one."""
    if len(asked.images) <= SMALL_CHUNK_IMAGES:
        return False
    return asked.update == "never" or (asked.versioned and asked.update != "always")


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
        update_policy=asked.update,
        versioned=asked.versioned,
        traceparent=tracing.traceparent(),
    )


def _blocks(job: int, asked: batch.Batch) -> Iterator[bytes]:
    """Lines for COPY, some hundred at a time: each block is a breath for the event loop."""
    images, texts_of = asked.images, _versioned_texts if asked.versioned else _texts
    for start in range(0, len(images), _BLOCK_LINES):
        texts = [texts_of(image) for image in images[start : start + _BLOCK_LINES]]
        yield accept.copy_block(job, start, texts)


def _texts(image: request.Image) -> tuple[str, ...]:
    """All but the handle are never empty."""
    metadata = _ENCODER.encode(image.metadata).decode()
    return image.url, image.id, image.fileName, image.handle, metadata


def _versioned_texts(image: request.Image) -> tuple[str, ...]:
    digest = accept.NULL if image.sha256 is None else "\\x" + image.sha256
    return *_texts(image), image.checksum or accept.NULL, digest
