"""The end of a job: counted full, cancelled or broken off; each calls for the webhook, once."""

import secrets

import msgspec
import structlog

from wirephoto.db import chunks, deliveries, jobs, pool, results
from wirephoto.metrics import families

SOURCE = "livingdocs-image-import"  # what clients of that API look for
CANCELLED = "the import was cancelled"
log = structlog.get_logger(__name__)


async def break_off(connection: pool.Connection, job: int) -> jobs.Counted | None:
    """End a job that cannot go on through a fault of ours: state ``failed``, webhook included."""
    await chunks.withdraw(connection, job)
    return await call(connection, await jobs.break_off(connection, job))


def tell(ended: jobs.Counted | None) -> None:
    """Write the end of a job into the log."""
    if ended is not None:
        log.info(
            "job_ended",
            job=ended.public_id,
            state=ended.state,
            success=ended.success,
            skipped=ended.skipped,
            failed=ended.failed,
            cancelled=ended.cancelled,
        )


async def cancel(connection: pool.Connection, job: int) -> jobs.Counted | None:
    """End a job by a person's wish; None when it had ended before.

    Rows that are there stay; every other image gets its row here. Chunks are locked before the job,
    as by those who write what a chunk learned: who of us comes second waits, and finds it done.
    """
    tries = await chunks.withdraw(connection, job)
    if not await jobs.lock_running(connection, job):
        return None
    cancelled = await results.cancel_rest(connection, job, tries, CANCELLED)
    ended = await call(connection, await jobs.cancel(connection, job, cancelled))
    families.IMAGES.add("cancelled", "cancelled", by=cancelled)
    return ended


async def call(connection: pool.Connection, counted: jobs.Counted | None) -> jobs.Counted | None:
    """The job if what was just counted ends it, its webhook called for where it has one.

    To be told of (``tell``) once that is committed.
    """
    if counted is None or not counted.finished:
        return None
    if counted.webhook is not None:
        await deliveries.insert(connection, _delivery(counted, counted.webhook))
    return counted


def _delivery(counted: jobs.Counted, webhook: str) -> deliveries.NewDelivery:
    return deliveries.NewDelivery(
        public_id=f"msg_{secrets.token_hex(12)}",
        job=counted.id,
        endpoint=deliveries.Endpoint.of(counted.project_id, webhook),
        address=webhook,
        body=body(counted),
        delay=counted.hold_seconds,
    )


def body(counted: jobs.Counted) -> str:
    """The webhook's body as the contract has it; ``context`` is there when the request had one."""
    details = {"success": counted.success, "skipped": counted.skipped, "failed": counted.failed}
    if counted.cancelled:  # else as clients of that API know it
        details["cancelled"] = counted.cancelled
    document: dict[str, object] = {
        "source": SOURCE,
        "id": counted.public_id,
        "state": counted.state,
        "overview": {"total": counted.total, "details": details},
    }
    if counted.context is not None:
        document["context"] = msgspec.Raw(counted.context.encode())
    return msgspec.json.encode(document).decode()
