"""One worker process: its tasks, its heartbeat and its part of the rescue.

``python -m wirephoto.worker.process`` is what the supervisor starts; it ends on SIGTERM, when its
parent dies, or when the database took it for dead.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import procrastinate
import structlog
import uvloop

from wirephoto import errors, observe, settings, wiring
from wirephoto.db import pool, workers
from wirephoto.pipeline import queue
from wirephoto.pipeline.fetch import spool
from wirephoto.worker import rescue, tasks

CHUNKS_AT_ONCE = 4
WEBHOOKS_AT_ONCE = 16
STOP_SECONDS = 15.0
_BEAT_SECONDS = 5.0
_LEASE_SECONDS = 25.0  # how long a heartbeat lets us open connections: less than the 30 of burial
_RESCUE_SECONDS = 5.0
_TIDY_SECONDS = 30.0
_LEFT_OVER_SECONDS = 3600.0  # longer than any writer that is alive leaves its file alone
_POLL_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1

_Loop = Coroutine[Any, Any, None]

log = structlog.get_logger(__name__)


class LostPlace(errors.WirephotoError):
    """The database took this worker for dead; another has its work."""


async def run(services: wiring.Worker, stop: asyncio.Event) -> None:
    """Work until ``stop``; then hand back what is not begun and end what is."""
    tasks.register(services.app, services.imports, services.webhooks)
    loops = (
        _every(_BEAT_SECONDS, lambda: _beat(services)),
        _every(_RESCUE_SECONDS, lambda: rescue.rescue(services.database)),
        _every(_TIDY_SECONDS, lambda: rescue.tidy(services.database, services.app)),
        _every(_TIDY_SECONDS, lambda: services.imports.store.sweep(_LEFT_OVER_SECONDS)),
        _every(_TIDY_SECONDS, lambda: spool.sweep(services.temporary, _LEFT_OVER_SECONDS)),
    )
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(loop) for loop in (*loops, *_queue_workers(services.app))]
        await stop.wait()
        services.imports.stopping.set()
        for task in running:
            task.cancel()


def _queue_workers(app: procrastinate.App) -> list[_Loop]:
    """All chunks, one slot that takes first chunks alone, and webhooks apart from both."""
    first, chunks, webhooks = queue.FIRST_CHUNKS, queue.CHUNKS, queue.WEBHOOKS
    return [
        _take(app, "chunks", [first, chunks], CHUNKS_AT_ONCE, listen=True),
        _take(app, "first", [first], 1, listen=True),
        _take(app, "webhooks", [webhooks], WEBHOOKS_AT_ONCE, listen=False),
    ]


async def _take(
    app: procrastinate.App, name: str, queues: list[str], at_once: int, *, listen: bool
) -> None:
    """A queue worker; one that lost the database ends without a word: then we must, too."""
    await app.run_worker_async(
        queues=queues,
        concurrency=at_once,
        name=name,
        listen_notify=listen,
        install_signal_handlers=False,
        fetch_job_polling_interval=_POLL_SECONDS,
        shutdown_graceful_timeout=STOP_SECONDS,
        delete_jobs="always",
    )
    raise LostPlace


async def _beat(services: wiring.Worker) -> None:
    async with services.database.connection() as connection:
        if not await workers.beat(connection, services.id):
            raise LostPlace
    services.pace.heard(_LEASE_SECONDS)


async def _every(seconds: float, step: Callable[[], Awaitable[object]]) -> None:
    """Repeat a step for ever; one that the database could not do is left for the next."""
    while True:
        try:
            await step()
        except pool.DATABASE_AWAY as away:
            log.warning("database_away", problem=str(away).strip().splitlines()[:1])
        except errors.StorageFailed as failure:
            log.warning("storage_failed", problem=failure.reason)
        await asyncio.sleep(seconds)


async def _main(given: settings.Settings, database_url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with wiring.worker(given, database_url) as services:
        await run(services, stop)


def _die_with_parent() -> None:
    """SIGTERM when the parent is gone (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("wirephoto.worker.process: its parent is gone")


def main() -> None:
    _die_with_parent()
    given = settings.load()
    observe.configure(given.log_format)
    if given.database_url is None:
        sys.exit("wirephoto.worker.process: the supervisor names the database")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(_main(given, given.database_url.get_secret_value()))
    except* (errors.OperatorError, LostPlace, *pool.DATABASE_AWAY) as ended:
        log.error("worker_ended", problem=repr(ended.exceptions[0]))  # noqa: TRY400 - no trace: it is no fault of the code
        sys.exit(1)


if __name__ == "__main__":
    main()
