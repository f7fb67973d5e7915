"""The schema: what the database has, what this release needs, and how to get there.

Every start asks; hardly one migrates. So the tools of migration are read when one does: they take
as long to load as all the rest of a command.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from wirephoto.db import queries

MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = re.compile(r"r(\d{4})_\w+\.py")
_LOCK = 0x77697265  # "wire": two starting processes migrate one after the other
_TRIES = 20  # at a lock of a table: a minute, with what each may wait
_BREATH_SECONDS = 0.5  # in which those who waited behind us go on
_SQL = queries.load("schema")


class ForeignRevision(Exception):
    """The database is at a revision that this release does not know."""


class Busy(Exception):
    """Somebody holds a table that a migration must change."""


def needed() -> str:
    """Revision that this release works with: the last of its migrations, by their files' names."""
    names = (_REVISION.fullmatch(file.name) for file in (MIGRATIONS / "versions").iterdir())
    return max(name[1] for name in names if name)


def current(url: str) -> str | None:
    """Revision that the database is at; None when it was never set up."""
    with psycopg.connect(url, autocommit=True) as connection:
        return _current(connection)


def settled(url: str) -> str | None:
    """``current``, once nobody migrates: between two migrations the database is on its way."""
    with _locked(url) as connection:
        return _current(connection)


def migrate(url: str) -> None:
    """Bring the database to the needed revision; several callers at once wait for each other.

    Raises:
        ForeignRevision: it was set up by another release.
        Busy: a table that must be changed is held by another session for a minute.
        psycopg.Error: as the database said it.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(psycopg.errors.LockNotAvailable):
            return _migrate(url)
        time.sleep(_BREATH_SECONDS)
    raise Busy


def _migrate(url: str) -> None:
    """Who waits for a lock of a table keeps all others waiting: so not for long."""
    from wirephoto.db import migrating  # noqa: PLC0415 - takes a quarter of a second to load

    with _locked(url) as connection:
        connection.execute(_SQL["impatient"])
        try:
            migrating.upgrade(connection)
        except migrating.UNKNOWN as fault:
            raise ForeignRevision(str(fault)) from None


def _current(connection: psycopg.Connection) -> str | None:
    known = connection.execute(_SQL["is_set_up"]).fetchone()
    if known != (True,):
        return None
    row = connection.execute(_SQL["revision"]).fetchone()
    return str(row[0]) if row else None


@contextlib.contextmanager
def _locked(url: str) -> Iterator[psycopg.Connection]:
    """A connection that has waited for whoever migrates; the lock is its own until it is closed."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SQL["lock"], {"lock": _LOCK})
        yield connection
