"""The database that a command works on: the configured one, or the embedded one."""

import contextlib
import sys
from collections.abc import Iterator

import psycopg

from wirephoto import errors, observe, settings
from wirephoto.db import embedded, schema


@contextlib.contextmanager
def opened(given: settings.Settings, holder: embedded.Holder) -> Iterator[str]:
    """URL of a database whose schema is right.

    An empty database is set up; one that is behind is migrated when it is the embedded one.

    Raises:
        errors.OperatorError: no database, or one that must be migrated by its operator.
    """
    with reached(given, holder) as url:
        _prepare(url, own=given.database_url is None)
        yield url


@contextlib.contextmanager
def reached(given: settings.Settings, holder: embedded.Holder) -> Iterator[str]:
    """URL of the database, whatever its schema is.

    Raises:
        errors.OperatorError: the embedded one cannot be had.
    """
    observe.conceal(given.secrets())
    for name in settings.unknown_variables():
        sys.stderr.write(f"wirephoto: {name} is no setting of wirephoto; it has no effect\n")
    if given.database_url is not None:
        yield given.database_url.get_secret_value()
        return
    with embedded.running(given.data_dir.absolute(), holder) as database:
        yield database.url


def _prepare(url: str, *, own: bool) -> None:
    with translated():
        if schema.current(url) == schema.needed():
            return
        current = schema.settled(url)
        if current == schema.needed():
            return
        if current is not None and current < schema.needed() and not own:
            raise errors.OperatorError(
                f"the database's schema is at {current}, this release needs {schema.needed()}: "
                "run `wirephoto migrate`"
            )
        schema.migrate(url)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """What the database says to our schema, as the one line that a command ends with.

    Raises:
        errors.OperatorError: it does not answer, refuses, or was set up by a newer release.
    """
    try:
        yield
    except schema.ForeignRevision as fault:
        raise errors.OperatorError(
            f"the database was set up by another release, this one needs {schema.needed()}: "
            f"use that release or a newer one ({first_line(fault)})"
        ) from None
    except schema.Busy:
        raise errors.OperatorError(
            "a table has been held by another session for a minute (a backup, a transaction left "
            "open?): run `wirephoto migrate` when it is over; what is done so far stays"
        ) from None
    except psycopg.OperationalError as fault:
        raise errors.OperatorError(
            f"WIREPHOTO_DATABASE_URL: the database does not answer: {first_line(fault)}"
        ) from None
    except (psycopg.Error, ValueError) as fault:
        raise errors.OperatorError(
            f"WIREPHOTO_DATABASE_URL: the database refused us: {first_line(fault)}"
        ) from None


def first_line(fault: Exception) -> str:
    """What a database error says, without its details and secrets."""
    lines = str(fault).strip().splitlines()
    return observe.without_secrets(lines[0]) if lines else type(fault).__name__
