"""``wirephoto migrate``: bring the database to the schema of this release."""

import sys

import psycopg
import sqlalchemy.exc

from wirephoto import errors, settings
from wirephoto.cli import database, options
from wirephoto.db import embedded, schema


def migrate(data_dir: options.DataDir = None) -> None:
    """Bring the database to the schema of this release; safe to repeat."""
    given = settings.load(data_dir=data_dir)
    if given.database_url is None:
        with database.opened(given, embedded.Holder.COMMAND) as url:
            _say(url)
        return
    url = given.database_url.get_secret_value()
    try:
        schema.migrate(url)
    except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError) as fault:
        raise errors.OperatorError(
            f"WIREPHOTO_DATABASE_URL: {database.first_line(fault)}"
        ) from None
    _say(url)


def _say(url: str) -> None:
    sys.stdout.write(f"the database is at {schema.current(url)}\n")
