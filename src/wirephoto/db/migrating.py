"""Runs the migrations, with Alembic; ``schema`` is who calls it, and only when there are some."""

import alembic.command
import alembic.config
import alembic.util
import psycopg
import sqlalchemy
import sqlalchemy.exc
import sqlalchemy.pool

from wirephoto.db import schema

UNKNOWN = alembic.util.CommandError


def upgrade(connection: psycopg.Connection) -> None:
    """Up to the last one, each in a transaction of its own; the connection is closed after it.

    Raises:
        UNKNOWN: the database's revision is none of ours.
        psycopg.Error: as the database said it.
    """
    connection.autocommit = False
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: connection, poolclass=sqlalchemy.pool.NullPool
    )
    config = alembic.config.Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    try:
        with engine.connect() as handed_on:
            config.attributes["connection"] = handed_on
            alembic.command.upgrade(config, "head")
            handed_on.commit()
    except sqlalchemy.exc.DBAPIError as fault:
        if fault.orig is None:
            raise
        raise fault.orig from None
