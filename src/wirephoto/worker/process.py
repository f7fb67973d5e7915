"""One worker process: its tasks, its heartbeat and its part of the rescue.

``python -m wirephoto.worker.process PARENT PLACE [CELLS]`` is what the supervisor starts; it ends
on SIGTERM, when its parent dies, or when the database took it for dead. What those who were at its
place before it held goes back into the queue as it begins: the supervisor saw them end.
"""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import procrastinate
import structlog
import uvloop
from procrastinate import worker as queue_worker

from wirephoto import errors, observe, settings, wiring
from wirephoto.db import pool, workers
from wirephoto.library import reindex
from wirephoto.metrics import cells, families
from wirephoto.pipeline import leftover, queue
from wirephoto.pipeline.fetch import pace, spool
from wirephoto.pipeline.webhook import courier
from wirephoto.retention import chores
from wirephoto.worker import rescue, tasks

CHUNKS_AT_ONCE = 4
STOP_SECONDS = 15.0
_END_SECONDS = 20  # for everything, a database that is away included; the supervisor waits for 22
_BEAT_SECONDS = 5.0
_PULSE_SECONDS = 0.5  # the supervisor looks every second
_LEASE_SECONDS = 25.0  # how long a heartbeat lets us open connections: less than the 30 of burial
_LOOK_SECONDS = 2.0  # for processes that died
_RESCUE_SECONDS = 5.0
_LISTEN_SECONDS = 2.0  # from the end of a session that listened to the next
_TIDY_SECONDS = 30.0
_SWEEP_SECONDS = 600.0
_UPLOADS_SECONDS = 5.0
_DESCRIBE_SECONDS = 3.0
_LEFT_OVER_SECONDS = 3600.0  # longer than any writer that is alive leaves its file alone
_POLL_SECONDS = 1.0
_NEVER_SECONDS = 1e9  # the queue's own burial at a start would deadlock with the rescue
_PERSIST_SECONDS = (0.5, 1.0, 2.0, 4.0)
_PR_SET_PDEATHSIG = 1

_Step = Callable[[], Awaitable[object]]
_Loop = Coroutine[Any, Any, None]

log = structlog.get_logger(__name__)


class LostPlace(errors.WirephotoError):
    """The database took this worker for dead; another has its work."""


_ENDS = (errors.OperatorError, LostPlace, procrastinate.exceptions.ConnectorException)


async def run(services: wiring.Worker, stop: asyncio.Event) -> None:
    """Work until ``stop``; then hand back what is not begun and end what is."""
    tasks.register(services.app, services.imports)
    stopping = services.imports.stopping
    queue_workers = _queue_workers(services)
    async with asyncio.TaskGroup() as group:
        loops = [group.create_task(loop) for loop in _loops(services, stopping)]
        for worker in queue_workers:
            group.create_task(_take(worker, stopping))
        group.create_task(courier.Courier(services.webhooks).run(stopping))
        try:
            await stop.wait()
        finally:
            # A cancellation may get lost on its way (asyncio.wait_for before Python 3.12), and who
            # lost it would go on for ever: hence a word to each besides.
            stopping.set()
            for worker in queue_workers:
                worker.stop()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped
            for loop in loops:
                loop.cancel()


def _loops(services: wiring.Worker, stopping: asyncio.Event) -> list[_Loop]:
    store, temporary = services.imports.store, services.temporary
    database, periods = services.database, services.periods
    stored, fetched = (leftover.Watch(_LEFT_OVER_SECONDS) for _ in range(2))
    steps: list[tuple[float, _Step]] = [
        (_BEAT_SECONDS, lambda: _beat(services)),
        (pace.KEEP_SECONDS, services.pace.keep),
        (pace.KEEP_SECONDS, services.pace.answer),
        (_LISTEN_SECONDS, services.pace.listen),
        (_LOOK_SECONDS, lambda: rescue.take_over(services.database, services.places)),
        (_RESCUE_SECONDS, lambda: rescue.rescue(services.database)),
        (_TIDY_SECONDS, lambda: rescue.tidy(services.database, services.app)),
        (_LOOK_SECONDS, lambda: reindex.look(services.database)),
        (_TIDY_SECONDS, lambda: rescue.forget(services.database, services.history_days)),
        (_TIDY_SECONDS, lambda: chores.remove_jobs(database, store, periods)),
        (_UPLOADS_SECONDS, lambda: chores.remove_uploads(database, store)),
        (_SWEEP_SECONDS, lambda: chores.remove_pictures(database, store, periods)),
        (_DESCRIBE_SECONDS, services.describer.describe_due),
        (_SWEEP_SECONDS, lambda: store.sweep(stored)),
        (_SWEEP_SECONDS, lambda: spool.sweep(temporary, fetched)),
    ]
    return [_every(seconds, step, stopping) for seconds, step in steps]


def _queue_workers(services: wiring.Worker) -> list[queue_worker.Worker]:
    """All chunks, and one slot that takes first chunks alone."""
    first, chunks = queue.FIRST_CHUNKS, queue.CHUNKS
    return [
        _queue_worker(services, "chunks", [first, chunks], CHUNKS_AT_ONCE),
        _queue_worker(services, "first", [first], 1),
    ]


def _queue_worker(
    services: wiring.Worker, name: str, queues: list[str], at_once: int
) -> queue_worker.Worker:
    return _Worker(
        services,
        app=services.app,
        queues=queues,
        concurrency=at_once,
        name=name,
        install_signal_handlers=False,
        fetch_job_polling_interval=_POLL_SECONDS,
        shutdown_graceful_timeout=STOP_SECONDS,
        stalled_worker_timeout=_NEVER_SECONDS,
        delete_jobs="always",
    )


class _Worker(queue_worker.Worker):
    """The end of a task is written, or the process ends: nobody rescues what a living one holds.

    Its number in the queue is written down before it takes anything, for whoever comes after us.
    """

    def __init__(self, services: wiring.Worker, **options: Any) -> None:
        super().__init__(**options)
        self._services = services

    async def _run_loop(self) -> None:
        assert self.worker_id is not None
        async with self._services.database.connection() as connection:
            await workers.note_queue_id(connection, self._services.id, self.worker_id)
        await super()._run_loop()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped

    async def _persist_job_status(self, *arguments: Any, **named: Any) -> None:
        for seconds in _PERSIST_SECONDS:
            try:
                await super()._persist_job_status(*arguments, **named)
            except procrastinate.exceptions.ConnectorException as failure:
                if pool.is_raised_by_function(failure.__cause__):
                    raise  # gone, or another's by now
                await asyncio.sleep(seconds)
            else:
                return
        self.stop()  # type: ignore[no-untyped-call]  # procrastinate leaves it untyped


async def _take(worker: queue_worker.Worker, stopping: asyncio.Event) -> None:
    """Take tasks; a worker that lost the database ends without a word: then we must, too."""
    if stopping.is_set():  # one that begins later would forget that it was stopped
        return
    await worker.run()  # type: ignore[no-untyped-call]  # as above
    if not stopping.is_set():
        raise LostPlace


async def _beat(services: wiring.Worker) -> None:
    sent = await services.presence.beat()
    if sent is None:
        raise LostPlace
    services.pace.heard(_LEASE_SECONDS - (asyncio.get_running_loop().time() - sent))


async def _every(seconds: float, step: _Step, stopping: asyncio.Event) -> None:
    """Repeat a step; one that the database could not do is left for the next."""
    while not stopping.is_set():
        try:
            await step()
        except pool.DATABASE_AWAY as away:
            families.DATABASE_ERRORS.add()
            log.warning("database_away", problem=pool.problem(away))
        except errors.WirephotoError as failure:
            if isinstance(failure, LostPlace):
                raise
            families.STORAGE_ERRORS.add("tend")
            log.warning("storage_failed", problem=str(failure))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)


async def _main(given: settings.Settings, database_url: str, place: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(_report)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _begin_to_end, stop)
    pulse = asyncio.create_task(_show_pulse())
    try:
        async with wiring.worker(given, database_url, place) as services:
            await run(services, stop)
    finally:
        pulse.cancel()


async def _show_pulse() -> None:
    """Whatever we are at, also at an end that waits for a silent database: the loop turns."""
    while True:
        cells.CELLS.beat()
        await asyncio.sleep(_PULSE_SECONDS)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The queue has no place for what another worker took over meanwhile: a line, no trace."""
    fault = context.get("exception")
    if isinstance(fault, procrastinate.exceptions.ConnectorException):
        problem = str(fault.__cause__ or fault).strip().splitlines()[:1]
        log.warning("task_not_recorded", problem=problem)
    else:
        loop.default_exception_handler(context)


def _tell_a_lost_database_in_a_line() -> None:
    """The queue tells it by a trace, and once more for each of its loops."""

    def without_trace(record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        if isinstance(fault, procrastinate.exceptions.ConnectorException):
            problem = str(fault.__cause__ or fault).strip().partition("\n")[0]
            record.exc_info, record.args = None, None
            record.msg = f"the queue lost the database: {problem}"
        return True

    for handler in logging.getLogger().handlers:
        handler.addFilter(without_trace)


def _begin_to_end(stop: asyncio.Event) -> None:
    """Stop in order; if that takes too long, the kernel ends us: the supervisor may be dead."""
    stop.set()
    signal.alarm(_END_SECONDS)


def _die_with_parent() -> None:
    """SIGTERM when the parent is gone (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("wirephoto.worker.process: its parent is gone")


def _count_for_parent() -> None:
    """Into the cells of our place, where our predecessor left off."""
    given = sys.argv[3:]
    if given and not cells.CELLS.count_in(int(given[0])):
        log.warning("metrics_not_shared", problem="the parent is of another release")


def _spare_the_collector() -> None:
    """What was imported lives as long as we do, and most of what a chunk makes dies with it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def main() -> None:
    _die_with_parent()
    _spare_the_collector()
    observe.clean_traces()
    given = settings.load()
    observe.configure(given.log_format)
    observe.conceal(given.secrets())
    _tell_a_lost_database_in_a_line()
    _count_for_parent()
    if given.database_url is None:
        sys.exit("wirephoto.worker.process: the supervisor names the database")
    problem = None
    try:
        with contextlib.suppress(KeyboardInterrupt), wiring.tracing_as(given):
            uvloop.run(_main(given, given.database_url.get_secret_value(), sys.argv[2]))
    except* (*_ENDS, *pool.DATABASE_AWAY) as ended:
        problem = _problem(ended)
    if problem is not None:  # not above: what is raised in there comes out as a group
        log.error("worker_ended", problem=problem)
        sys.exit(1)


def _problem(ended: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = ended
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return repr(first.__cause__ or first)


if __name__ == "__main__":
    main()
