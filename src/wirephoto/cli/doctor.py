"""``wirephoto doctor``: what a person needs to know first, a line each."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import rich.console
import rich.markup

from wirephoto import errors, observe, settings, wiring
from wirephoto.cli import database, options
from wirephoto.db import embedded, pool, schema, server, workers
from wirephoto.net import addresses

_CLOCK_SECONDS = 2.0
_GUARDED = "169.254.169.254"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is right, and what to do if not."""

    topic: str
    ok: bool
    text: str


def doctor(data_dir: options.DataDir = None) -> None:
    """Check settings, database, schema, storage, workers, clock and address guard."""
    console = rich.console.Console(highlight=False, soft_wrap=True)
    given = settings.load(data_dir=data_dir)
    observe.conceal(given.secrets())
    projects = wiring.load_projects(given)
    unknown = settings.unknown_variables()
    findings = [
        Finding("settings", not unknown, _settings_text(unknown)),
        Finding(
            "projects", not projects.warnings, _projects_text(projects.projects, projects.warnings)
        ),
        _guard(given),
    ]
    findings += [*_database(given), asyncio.run(_in_storage(given))]
    for finding in findings:
        mark = "[green]ok  [/]" if finding.ok else "[red]look[/]"
        text = rich.markup.escape(observe.without_secrets(finding.text))
        console.print(f"{mark} {finding.topic:9} {text}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


def _settings_text(unknown: list[str]) -> str:
    if unknown:
        return f"{', '.join(unknown)}: no setting of wirephoto, without effect; check the spelling"
    return f"{settings.FILE} and WIREPHOTO_… are right"


def _projects_text(handles: Iterable[str], warnings: list[str]) -> str:
    return "; ".join(warnings) if warnings else ", ".join(sorted(handles))


def _guard(given: settings.Settings) -> Finding:
    try:
        addresses.check_address(_GUARDED, 80, wiring.rule(given))
    except errors.BlockedAddress:
        opened = ", ".join(str(network) for network in given.allow_networks)
        text = (
            f"on; exempt by WIREPHOTO_ALLOW_NETWORKS: {opened}" if opened else "on, nothing exempt"
        )
        return Finding("guard", ok=True, text=text)
    return Finding("guard", ok=False, text=f"{_GUARDED} would be reached: report this as a fault")


def _database(given: settings.Settings) -> list[Finding]:
    try:
        with database.opened(given, embedded.Holder.COMMAND) as url:
            return asyncio.run(_looked(url))
    except errors.OperatorError as fault:
        return [Finding("database", ok=False, text=str(fault))]


async def _looked(url: str) -> list[Finding]:
    async with pool.opened(url, most=2, application="wirephoto doctor") as opened:
        found = [finding async for finding in _in_database(opened)]
    found.insert(1, Finding("schema", ok=True, text=f"at {schema.needed()}, as this release needs"))
    return found


async def _in_database(opened: pool.Pool) -> AsyncIterator[Finding]:
    async with opened.connection() as connection:
        found = await server.look(connection)
        yield Finding("database", ok=True, text=f"PostgreSQL {found.version}")
        yield _clock(found.instant - time.time())
        yield _workers(await workers.alive(connection))


def _clock(ahead: float) -> Finding:
    if abs(ahead) <= _CLOCK_SECONDS:
        return Finding("clock", ok=True, text="the same here and at the database")
    text = f"the database's is {ahead:+.1f} s from ours: set both by NTP"
    return Finding("clock", ok=False, text=text)


def _workers(alive: list[workers.Alive]) -> Finding:
    if not alive:
        return Finding(
            "workers", ok=False, text="none alive: start `wirephoto serve` or `wirephoto worker`"
        )
    return Finding("workers", ok=True, text=f"{len(alive)} alive")


async def _in_storage(given: settings.Settings) -> Finding:
    storage = wiring.open_store(given)
    try:
        await storage.check()
    except errors.OperatorError as fault:
        return Finding("storage", ok=False, text=str(fault))
    finally:
        await storage.close()
    return Finding("storage", ok=True, text=f"written, read and removed in {storage.location}")
