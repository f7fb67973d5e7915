"""The schema: what the database has, what this release needs, and how to get there."""

from pathlib import Path

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script
import psycopg
import sqlalchemy
import sqlalchemy.pool

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x77697265  # "wire": two starting processes migrate one after the other


def _config() -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _engine(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url),
        poolclass=sqlalchemy.pool.NullPool,
    )


def needed() -> str:
    """Revision that this release works with."""
    head = alembic.script.ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the package carries no migrations")
    return head


def current(url: str) -> str | None:
    """Revision that the database is at; None when it was never set up."""
    with _engine(url).connect() as connection:
        return alembic.runtime.migration.MigrationContext.configure(
            connection
        ).get_current_revision()


def migrate(url: str) -> None:
    """Bring the database to the needed revision; several callers at once wait for each other."""
    config = _config()
    with _engine(url).connect() as connection:
        connection.exec_driver_sql(f"select pg_advisory_lock({_LOCK})")
        connection.commit()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()
