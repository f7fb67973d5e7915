"""``wirephoto worker``: worker processes alone."""

import asyncio
import sys

import uvloop

from wirephoto import errors, observe, settings, wiring
from wirephoto.cli import database, options, signals
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
    with database.opened(given, embedded.Holder.WORKER) as url:
        wiring.temporary_folder(given)  # after the database made its folder
        wiring.warn_of_opened_networks(given)
        uvloop.run(_work(given, url))


async def _work(given: settings.Settings, url: str) -> None:
    stop = asyncio.Event()
    signals.set_on_end(stop)
    sys.stdout.write(f"wirephoto works ({given.workers} worker processes)\n")
    sys.stdout.flush()
    environment = supervisor.environment(given, url)
    await supervisor.keep_alive(given.workers, environment, stop)
