"""``wirephoto worker``: worker processes alone."""

import asyncio
import socket
import sys

import uvloop

from wirephoto import errors, observe, settings, wiring
from wirephoto.api import metrics
from wirephoto.cli import database, metrics_port, options, signals
from wirephoto.db import embedded
from wirephoto.worker import supervisor


def worker(workers: options.Workers = None, data_dir: options.DataDir = None) -> None:
    """Run worker processes alone, for a database and storage that others serve."""
    given = settings.load(workers=workers, data_dir=data_dir)
    if given.workers == 0:
        raise errors.SettingError("WIREPHOTO_WORKERS", "must be at least 1 for `wirephoto worker`")
    observe.configure(given.log_format)
    observe.conceal(given.secrets())
    wiring.open_store(given)
    with wiring.tracing_as(given):
        pass  # what is wrong with it is told here, not by each worker
    with (
        metrics_port.listening(given) as own,
        database.opened(given, embedded.Holder.WORKER) as url,
    ):
        wiring.temporary_folder(given)  # after the database made its folder
        wiring.warn_of_opened_networks(given)
        uvloop.run(_work(given, url, own))


async def _work(given: settings.Settings, url: str, own: socket.socket | None) -> None:
    stop = asyncio.Event()
    signals.set_on_end(stop)
    sys.stdout.write(f"wirephoto works ({given.workers} worker processes)\n")
    sys.stdout.flush()
    environment = supervisor.environment(given, url)
    async with metrics_port.answering(given, own, metrics.counted(given)):
        await supervisor.keep_alive(given.workers, environment, stop)
