"""Statements on worker processes: heartbeats, and the rescue of what dead ones held."""

from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("workers")


@dataclass(frozen=True, slots=True)
class Alive:
    host: str
    pid: int
    release: str
    silent_seconds: float


def session_name(host: str, pid: int) -> str:
    """By which a worker's sessions are known in the database (`end_transactions`)."""
    return f"wirephoto worker {pid} {host}"


async def register(
    connection: pool.Connection, *, host: str, pid: int, release: str, place: str | None = None
) -> int:
    given = {"host": host, "pid": pid, "release": release, "place": place}
    row = await (await connection.execute(_SQL["register"], given)).fetchone()
    assert row is not None
    return int(row["id"])


async def beat(connection: pool.Connection, worker: int) -> bool:
    """Whether the worker still counts as alive."""
    return await (await connection.execute(_SQL["beat"], {"worker": worker})).fetchone() is not None


async def hold_presence(connection: pool.Connection, worker: int) -> None:
    """While the connection lives, the worker counts as one that may have others open."""
    await connection.execute(_SQL["presence"], {"worker": worker})


async def note_queue_id(connection: pool.Connection, worker: int, queue_id: int) -> None:
    """What the worker takes from the queue under this number is its own."""
    await connection.execute(_SQL["note_queue_id"], {"worker": worker, "queue_id": queue_id})


async def take_over(connection: pool.Connection, place: str) -> int:
    """Requeue what processes that were at this place before held; how many tasks. They are dead."""
    given = {"place": place}
    async with connection.transaction():
        requeued = (await connection.execute(_SQL["take_over_tasks"], given)).rowcount
        await connection.execute(_SQL["bury_queue_predecessors"], given)
        await connection.execute(_SQL["bury_predecessors"], given)
        return requeued


async def unregister(connection: pool.Connection, worker: int) -> bool:
    """It ends in order, and has closed what it had open; whether it held no task any more."""
    await connection.execute(_SQL["leave"], {"worker": worker})
    return (await connection.execute(_SQL["unregister"], {"worker": worker})).rowcount == 1


async def alive(connection: pool.Connection) -> list[Alive]:
    return [Alive(**row) for row in await (await connection.execute(_SQL["alive"])).fetchall()]


async def may_tidy(connection: pool.Connection) -> bool:
    """Whether nobody else tidies now; holds until the caller's transaction ends."""
    row = await (await connection.execute(_SQL["tidy_lock"])).fetchone()
    return row is not None and bool(row["mine"])


async def rescue(connection: pool.Connection) -> int | None:
    """Requeue what dead workers held; how many tasks, None when another rescuer is at it."""
    async with connection.transaction():
        row = await (await connection.execute(_SQL["rescue_lock"])).fetchone()
        if row is None or not row["mine"]:
            return None
        await connection.execute(_SQL["end_transactions"])
        requeued = (await connection.execute(_SQL["requeue_stalled"])).rowcount
        await connection.execute(_SQL["bury_queue_workers"])
        await connection.execute(_SQL["bury"])
        return requeued
