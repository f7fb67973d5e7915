"""The database as one file, and back: by the programs that come with the embedded PostgreSQL.

They take a server of any version up to their own.
"""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from psycopg import conninfo

from wirephoto import errors
from wirephoto.db import queries
from wirephoto.db.embedded import binaries, process

_SQL = queries.load("dump")
_TICK_SECONDS = 0.5


def _nobody() -> None:
    """Nobody looks."""


@contextlib.contextmanager
def nothing_removed(url: str) -> Iterator[None]:
    """No picture is removed from storage while the block runs.

    So whatever the database says of storage at any moment of the block stays true to its end.

    Raises:
        errors.OperatorError: another backup is at work.
        psycopg.Error: as the database said it; also at the end, if it went away meanwhile.
    """
    with psycopg.connect(
        url, autocommit=True, application_name="wirephoto backup", connect_timeout=10
    ) as connection:
        row = connection.execute(_SQL["alone"]).fetchone()
        if row != (True,):
            raise errors.OperatorError("another backup of this database is at work: wait for it")
        connection.execute(_SQL["keep_pictures"])
        yield
        connection.execute(_SQL["let_go"])


def pictures(url: str) -> tuple[int, int]:
    """About how many files storage has, and their bytes.

    Raises:
        psycopg.Error: as the database said it.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute(_SQL["pictures"]).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def installation(url: str) -> str | None:
    """A digest that this installation alone has, and what was restored from it; None: it is new.

    Raises:
        psycopg.Error: as the database said it.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute(_SQL["installation"]).fetchone()
    return str(row[0]) if row else None


def take(url: str, file: Path, tick: Callable[[], None] = _nobody) -> None:
    """Write the database, as it is at one moment, into a file of PostgreSQL's custom format.

    ``tick`` is called twice a second.

    Raises:
        errors.OperatorError: in the words of pg_dump.
    """
    _run("pg_dump", url, "--format=custom", f"--file={file}", tick=tick)


def restore(url: str, file: Path, tick: Callable[[], None] = _nobody) -> None:
    """Bring it back into an empty database, whole or not at all; no worker counts as alive there.

    Raises:
        errors.OperatorError: in the words of pg_restore.
        psycopg.Error: as the database said it.
    """
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", url, *whole, os.fspath(file), tick=tick)
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(_SQL["nobody_works"])


def _run(program: str, url: str, *arguments: str, tick: Callable[[], None]) -> None:
    """The password goes by the environment: others see the list of processes."""
    password = conninfo.conninfo_to_dict(url).get("password")
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program, found by us
        [
            binaries.program(program),
            f"--dbname={conninfo.make_conninfo(url, password=None)}",
            *arguments,
        ],
        env=os.environ | {"LC_ALL": "C"} | secret,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as running:
        said = _ended(running, tick)
    if running.returncode:
        raise errors.OperatorError(f"{program}: {process.first_fault(said)}")


def _ended(running: subprocess.Popen[str], tick: Callable[[], None]) -> str:
    """What it said, once it has ended; it goes with us, too."""
    try:
        while True:
            try:
                return running.communicate(timeout=_TICK_SECONDS)[1]
            except subprocess.TimeoutExpired:
                tick()
    except BaseException:
        running.kill()
        raise
