"""The database as one file, and back: by the programs that come with the embedded PostgreSQL.

They take a server of any version up to their own.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import conninfo

from wirephoto import errors
from wirephoto.db import queries
from wirephoto.db.embedded import binaries, process

_SQL = queries.load("dump")


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


def take(url: str, file: Path) -> None:
    """Write the database, as it is at one moment, into a file of PostgreSQL's custom format.

    Raises:
        errors.OperatorError: in the words of pg_dump.
    """
    _run("pg_dump", url, "--format=custom", f"--file={file}")


def restore(url: str, file: Path) -> None:
    """Bring it back into an empty database, whole or not at all; no worker counts as alive there.

    Raises:
        errors.OperatorError: in the words of pg_restore.
        psycopg.Error: as the database said it.
    """
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", url, *whole, os.fspath(file))
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(_SQL["nobody_works"])


def _run(program: str, url: str, *arguments: str) -> None:
    """The password goes by the environment: others see the list of processes."""
    password = conninfo.conninfo_to_dict(url).get("password")
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    ended = subprocess.run(  # noqa: S603 - PostgreSQL's own program, found by us
        [
            binaries.program(program),
            f"--dbname={conninfo.make_conninfo(url, password=None)}",
            *arguments,
        ],
        env=os.environ | {"LC_ALL": "C"} | secret,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise errors.OperatorError(f"{program}: {process.first_fault(ended.stderr)}")
