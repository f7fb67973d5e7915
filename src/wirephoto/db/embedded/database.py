"""Attach to the server of a data directory, or be the one who runs it."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors
from wirephoto.db.embedded import (
    account,
    binaries,
    cluster,
    connection,
    folders,
    lock,
    postmaster,
)

LOCK_FILE = "database.lock"


@dataclass(frozen=True, slots=True)
class Database:
    """A database that takes connections.

    Args:
        url: for psycopg, over the server's unix socket; stays the same when the server is
            started again after a crash.
        pid: of the postmaster, as it was when we came.
        started: we started it and will stop it; False: it is another process's.
    """

    url: str
    pid: int
    started: bool


@contextlib.contextmanager
def running(data_dir: Path, holder: lock.Holder) -> Iterator[Database]:
    """The database of this data directory, for as long as the block runs.

    A worker or a command attaches to the server of a ``serve`` or ``worker`` on the same data
    directory. Without one, and after waiting for another command to end, the server is started,
    and stopped at the end of the block. Blocks for up to a minute; a first start takes a second
    or two. Call it before an event loop runs, or in a thread.

    Raises:
        errors.OperatorError: in use by another ``serve``, unwritable, out of reach for the
            database's user, of another version, or the server did not start.
    """
    data = folders.make_data(data_dir)
    entry = lock.enter(data / LOCK_FILE, holder, connection.answers)
    if isinstance(entry, lock.Occupant):
        assert entry.socket is not None
        assert entry.pid is not None
        yield Database(connection.url(entry.socket), entry.pid, started=False)
        return
    with contextlib.closing(entry), _served(data, entry) as database:
        yield database


@contextlib.contextmanager
def _served(data: Path, held: lock.Lock) -> Iterator[Database]:
    with contextlib.ExitStack() as stack:
        try:
            where, server = _prepare(data, held)
            stack.callback(folders.forget_socket, where)
            stack.callback(server.stop)
            pid = server.start()
        except OSError as fault:
            raise errors.OperatorError(
                f"cannot write to {data} ({fault.strerror or fault}): "
                "choose another with --data-dir"
            ) from fault
        yield Database(connection.url(where.socket), pid, started=True)


def _prepare(data: Path, held: lock.Lock) -> tuple[folders.Folders, postmaster.Postmaster]:
    user = account.of_server(data / "postgres")
    where = folders.prepare(data, user)
    programs = binaries.locate(user, data)
    cluster.ensure(where, user, programs)
    announce = functools.partial(held.publish, socket=where.socket)
    return where, postmaster.Postmaster(where, user, programs, announce)
