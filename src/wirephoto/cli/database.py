"""The database that a command works on: the configured one, or the embedded one."""

import contextlib
import sys
from collections.abc import Iterator

import alembic.util
import psycopg
import sqlalchemy.exc

from wirephoto import errors, observe, settings
from wirephoto.db import embedded, schema


@contextlib.contextmanager
def opened(given: settings.Settings, holder: embedded.Holder) -> Iterator[str]:
    """URL of a database whose schema is right.

    An empty database is set up; one that is behind is migrated when it is the embedded one.

    Raises:
        errors.OperatorError: no database, or one that must be migrated by its operator.
    """
    observe.conceal(given.secrets())
    for name in settings.unknown_variables():
        sys.stderr.write(f"wirephoto: {name} is no setting of wirephoto; it has no effect\n")
    if given.database_url is not None:
        url = given.database_url.get_secret_value()
        _prepare(url, own=False)
        yield url
        return
    with embedded.running(given.data_dir.absolute(), holder) as database:
        _prepare(database.url, own=True)
        yield database.url


def _prepare(url: str, *, own: bool) -> None:
    with translated():
        current = schema.current(url)
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
    except alembic.util.CommandError as fault:
        raise errors.OperatorError(
            f"the database was set up by another release, this one needs {schema.needed()}: "
            f"use that release or a newer one ({first_line(fault)})"
        ) from None
    except (psycopg.OperationalError, sqlalchemy.exc.OperationalError) as fault:
        raise errors.OperatorError(
            f"WIREPHOTO_DATABASE_URL: the database does not answer: {first_line(fault)}"
        ) from None
    except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError, ValueError) as fault:
        raise errors.OperatorError(
            f"WIREPHOTO_DATABASE_URL: the database refused us: {first_line(fault)}"
        ) from None


def first_line(fault: Exception) -> str:
    """What a database error says, without its details and secrets."""
    lines = str(fault).strip().splitlines()
    return observe.without_secrets(lines[0]) if lines else type(fault).__name__
