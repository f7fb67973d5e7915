"""What runs: database, schema, clock, workers, storage, and room on the disks."""

import asyncio
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from wirephoto import errors, settings
from wirephoto.checkup.finding import Finding
from wirephoto.db import pool, schema, server, workers
from wirephoto.pipeline.storage import local, marking, store

_CLOCK_SECONDS = 2.0
_LEAST_BYTES = 2_000_000_000
_GIGABYTE = 1_000_000_000


async def in_database(opened: pool.Pool) -> list[Finding]:
    async with opened.connection() as connection:
        found = await server.look(connection)
        alive = await workers.alive(connection)
    version, revision = {"version": found.version}, {"revision": schema.needed()}
    return [
        Finding("database", ok=True, text="PostgreSQL {version}", values=version),
        Finding("schema", ok=True, text="at {revision}, as this release needs", values=revision),
        _clock(found.instant - time.time()),
        _workers(len(alive)),
    ]


def _clock(ahead: float) -> Finding:
    if abs(ahead) <= _CLOCK_SECONDS:
        return Finding("clock", ok=True, text="the same here and at the database")
    text = "the database's is {ahead} s from ours: set both by NTP"
    return Finding("clock", ok=False, text=text, values={"ahead": f"{ahead:+.1f}"})


def _workers(alive: int) -> Finding:
    if not alive:
        text = "none alive: start `wirephoto serve` or `wirephoto worker`"
        return Finding("workers", ok=False, text=text)
    return Finding("workers", ok=True, text="{alive} alive", values={"alive": alive})


async def in_storage(storage: store.Store, opened: pool.Pool | None) -> Finding:
    """Without a database nobody knows which mark a folder should bear."""
    try:
        if opened is not None:
            await marking.settle(opened, storage)
        await storage.check()
    except errors.OperatorError as fault:
        return Finding("storage", ok=False, text="{fault}", values={"fault": fault})
    text = "written, read and removed in {location}"
    return Finding("storage", ok=True, text=text, values={"location": storage.location})


def folders(given: settings.Settings, storage: store.Store) -> list[Path]:
    """Where we write: temporary files and the embedded database, and storage that is a folder."""
    own = isinstance(storage, local.LocalStore)
    return [given.data_dir, *([Path(storage.location)] if own else [])]


async def room(folders: Iterable[Path]) -> Finding:
    """On the disks of these folders, or of what will hold them; the fullest is told."""
    looked = [await asyncio.to_thread(_usage, folder) for folder in folders]
    free, total, folder = min(looked, key=lambda one: one[0] / one[1])
    values = {
        "free": round(free / _GIGABYTE, 1),
        "total": round(total / _GIGABYTE, 1),
        "share": f"{100 * free / total:.0f}",
        "folder": folder,
    }
    text = "{free} GB of {total} GB free ({share} %) at {folder}"
    if free < _LEAST_BYTES:
        text += ": make room, or imports will wait"
        return Finding("room", ok=False, text=text, values=values)
    return Finding("room", ok=True, text=text, values=values)


def _usage(folder: Path) -> tuple[int, int, Path]:
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    found = shutil.disk_usage(there)
    return found.free, found.total or 1, folder
