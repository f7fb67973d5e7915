"""``wirephoto doctor``: what a person needs to know first, a line each."""

import asyncio
import sys

import rich.console
import rich.markup

from wirephoto import errors, observe, settings, wiring
from wirephoto.checkup import rest, running
from wirephoto.checkup.finding import Finding
from wirephoto.cli import database, options
from wirephoto.db import embedded, pool


def doctor(data_dir: options.DataDir = None) -> None:
    """Check settings, database, schema, storage, disks, workers, clock and address guard."""
    console = rich.console.Console(highlight=False, soft_wrap=True)
    given = settings.load(data_dir=data_dir)
    observe.conceal(given.secrets())
    findings = [rest.settings_(), rest.projects(given), rest.guard(given)]
    findings += [*_database_and_storage(given), asyncio.run(rest.decoder())]
    for finding in findings:
        mark = "[green]ok  [/]" if finding.ok else "[red]look[/]"
        text = rich.markup.escape(observe.without_secrets(finding.said))
        console.print(f"{mark} {finding.topic:9} {text}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


def _database_and_storage(given: settings.Settings) -> list[Finding]:
    try:
        with database.opened(given, embedded.Holder.COMMAND) as url:
            return asyncio.run(_looked(given, url))
    except errors.OperatorError as fault:
        away = Finding("database", ok=False, text="{fault}", values={"fault": fault})
        return [away, *asyncio.run(_stored(given, None))]


async def _looked(given: settings.Settings, url: str) -> list[Finding]:
    async with pool.opened(url, most=2, application="wirephoto doctor") as opened:
        return [*await running.in_database(opened), *await _stored(given, opened)]


async def _stored(given: settings.Settings, opened: pool.Pool | None) -> list[Finding]:
    storage = wiring.open_store(given)
    try:
        found = await running.in_storage(storage, opened)
        return [found, await running.room(running.folders(given, storage))]
    finally:
        await storage.close()
