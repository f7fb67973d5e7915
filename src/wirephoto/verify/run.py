"""The order: the database against itself, then against storage."""

from pathlib import Path

from wirephoto.db import pool, server
from wirephoto.db import verify as rows
from wirephoto.pipeline import leftover, queue
from wirephoto.pipeline.fetch import spool
from wirephoto.pipeline.storage import store
from wirephoto.verify import collector, report, storage

_CHECKS = (
    "entry_without_blob",
    "entry_size",
    "result_without_entry",
    "without_job",
    "job",
    "lost_task",
    "idle_task",
    "search",
)
_TASKS = {"chunk_task": queue.CHUNK_TASK}


async def extent(database: pool.Pool) -> rows.Extent:
    async with database.connection() as connection:
        return await rows.extent(connection)


async def verify(
    database: pool.Pool,
    storage_of: store.Store,
    temporary: Path,
    found: report.Report,
    *,
    deep: bool,
    repair: bool,
) -> None:
    """Tell ``found`` all that is wrong or worth a word; ``repair``: remove what may go.

    Raises:
        errors.OperatorError: there are rows, but no storage at all.
        errors.StorageFailed: storage could not say.
    """
    async with database.connection() as connection:
        if repair:
            await _mend_search(connection, found)
        for check in _CHECKS:
            found.begins(f"database: {check}")
            async for row in rows.faults(connection, check, _TASKS):
                found.add(row.get("kind", check), row["subject"], row["problem"])
        found.begins("pictures")
        now = (await server.look(connection)).instant
    if repair:
        await _sweep(storage_of, temporary, found)
    for name, size in spool.files(temporary):
        found.add("temporary_file", f"tmp/{name}", f"{size} bytes")
    removal = collector.Collector(database, storage_of) if repair else None
    await storage.Comparison(database, storage_of, found, deep, now, removal).run()


async def _mend_search(connection: pool.Connection, found: report.Report) -> None:
    queued, orphans = await rows.repair_search(connection)
    if queued or orphans:
        problem = f"{queued} entries wait to be copied, {orphans} copies of no entry are gone"
        found.add("search_repaired", "search", problem)


async def _sweep(storage_of: store.Store, temporary: Path, found: report.Report) -> None:
    old = leftover.Aged(collector.DAY_SECONDS)
    for place, removed in {
        "storage": await storage_of.sweep(old),
        "tmp": await spool.sweep(temporary, old),
    }.items():
        if removed:
            found.add("removed", place, f"{removed} temporary files")
