"""The end of a job: counted full, cancelled or broken off; each calls for the webhook, once."""

import secrets
from collections.abc import Mapping

import msgspec

from wirephoto.db import chunks, deliveries, jobs, pool, results

SOURCE = "livingdocs-image-import"  # what clients of that API look for
CANCELLED = "the import was cancelled"


async def finish(connection: pool.Connection, job: int, settled: Mapping[str, int]) -> None:
    """Count a chunk's rows, last in its transaction; at the end of the job call for the webhook."""
    if any(settled.values()):
        await _call(connection, await jobs.count(connection, job, settled))


async def break_off(connection: pool.Connection, job: int) -> None:
    """End a job that cannot go on through a fault of ours: state ``failed``, webhook included."""
    await chunks.withdraw(connection, job)
    await _call(connection, await jobs.break_off(connection, job))


async def cancel(connection: pool.Connection, job: int) -> bool:
    """End a job by a person's wish; False when it had ended before.

    Rows that are there stay; every other image gets its row here. Chunks are locked before the job,
    as by those who write what a chunk learned: who of us comes second waits, and finds it done.
    """
    tries = await chunks.withdraw(connection, job)
    if not await jobs.lock_running(connection, job):
        return False
    cancelled = await results.cancel_rest(connection, job, tries, CANCELLED)
    await _call(connection, await jobs.cancel(connection, job, cancelled))
    return True


async def _call(connection: pool.Connection, counted: jobs.Counted | None) -> None:
    if counted is None or not counted.finished or counted.webhook is None:
        return
    new = deliveries.NewDelivery(
        public_id=f"msg_{secrets.token_hex(12)}",
        job=counted.id,
        endpoint=deliveries.Endpoint.of(counted.project_id, counted.webhook),
        address=counted.webhook,
        body=body(counted),
        delay=counted.hold_seconds,
    )
    await deliveries.insert(connection, new)


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
