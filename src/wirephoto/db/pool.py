"""Connections. Autocommit: a transaction begins where it is meant, at the edge."""

import asyncio
import contextlib
import functools
import select
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
import psycopg
import psycopg.types.json
import psycopg_pool

from wirephoto import errors
from wirephoto.db import silence

psycopg.types.json.set_json_loads(msgspec.json.decode)  # a third of the time of json's own
Connection = psycopg.AsyncConnection[dict[str, Any]]
Pool = psycopg_pool.AsyncConnectionPool[Connection]

# A peer that is gone without a word is noticed within half a minute (tcp(7)).
_VANISHED = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
_PERSIST_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
# A worker's statements are look-ups by key. Planned anew each time, planning is most of their cost;
# planned once for tables that are still empty, they would read all of them a minute later.
_BY_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
_DEADLOCK_TRIES = 5
T = TypeVar("T")
DEADLOCK = psycopg.errors.DeadlockDetected
DATABASE_AWAY = (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed)


@contextlib.asynccontextmanager
async def opened(
    url: str,
    *,
    most: int,
    application: str,
    wait: float = 10.0,
    idle_seconds: int = 120,
    by_key: bool = False,
) -> AsyncIterator[Pool]:
    """A pool of up to ``most`` connections that replaces the dead ones by itself.

    ``wait`` is how many seconds a request for a connection may take; ``idle_seconds`` how long a
    transaction of ours may pause before the server ends it, so that nobody waits for its locks.
    ``by_key``: a statement is planned once, by index whatever the tables hold at that moment.

    Raises:
        errors.OperatorError: the database does not answer at the start.
    """
    pool = Pool(
        url,
        connection_class=silence.Connection,
        kwargs={
            "row_factory": psycopg.rows.dict_row,
            "application_name": application,
            "connect_timeout": 10,
            **_VANISHED,
            "prepare_threshold": 0,  # every statement is a fixed one of sql/*.sql
        },
        configure=functools.partial(
            _configure,
            settings={"idle_in_transaction_session_timeout": f"{idle_seconds}s"}
            | (_BY_KEY if by_key else {}),
        ),
        check=_check,
        min_size=1,
        max_size=most,
        timeout=wait,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=30)
    except psycopg_pool.PoolTimeout:
        await pool.close()
        raise errors.OperatorError(
            "the database does not answer: is it up, and is WIREPHOTO_DATABASE_URL right?"
        ) from None
    try:
        yield pool
    finally:
        await pool.close()


def problem(away: BaseException) -> str:
    """The first line of what was said when the database went away."""
    return next(iter(str(away).strip().splitlines()), type(away).__name__)


async def persist(step: Callable[[], Awaitable[None]]) -> None:
    """Do a step that must not get lost, again while the database is away, for a while.

    Raises:
        DATABASE_AWAY: it stays away.
    """
    for seconds in _PERSIST_SECONDS:
        try:
            return await step()
        except DATABASE_AWAY:
            await asyncio.sleep(seconds)
    return await step()


async def transact(database: Pool, write: Callable[[Connection], Awaitable[T]]) -> T:
    """A transaction of its own for ``write``, begun anew where it was chosen to end a deadlock."""
    for _ in range(_DEADLOCK_TRIES - 1):
        with contextlib.suppress(DEADLOCK):
            return await _transact(database, write)
    return await _transact(database, write)


async def _transact(database: Pool, write: Callable[[Connection], Awaitable[T]]) -> T:
    async with database.connection() as connection, connection.transaction():
        return await write(connection)


def is_raised_by_function(fault: BaseException | None) -> bool:
    """Whether a function of the database refused, rather than the database failed."""
    return isinstance(fault, psycopg.errors.RaiseException)


async def _check(connection: Connection) -> None:
    """An idle connection has nothing to read; one that has was most often closed: ask it.

    A server that vanished without a word would not answer a question either.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        await psycopg_pool.AsyncConnectionPool.check_connection(connection)


async def _configure(connection: Connection, *, settings: Mapping[str, str]) -> None:
    # Not among the pool's arguments: the queue's listener takes those and sets it once more.
    await connection.set_autocommit(True)
    for name, setting in settings.items():
        await connection.execute("select set_config(%s, %s, false)", [name, setting])


def unavailable(fault: Exception) -> bool:
    """Whether a fault means that the database is away or full, rather than that we are wrong."""
    return isinstance(fault, DATABASE_AWAY) and not isinstance(fault, DEADLOCK)
