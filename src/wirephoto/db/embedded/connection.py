"""Connections over the server's socket."""

import os
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from wirephoto.db.embedded.configuration import SUPERUSER

DATABASE = "wirephoto"
_CONNECT_TIMEOUT_S = 5


def url(socket: Path, database: str = DATABASE) -> str:
    """The database behind this socket folder; the port is named, or PGPORT would decide."""
    host = quote(os.fsencode(socket), safe="")
    return f"postgresql://{SUPERUSER}@/{database}?host={host}&port=5432"


def answers(socket: Path, database: str = DATABASE) -> bool:
    """Whether the server takes connections to that database."""
    try:
        psycopg.connect(url(socket, database), connect_timeout=_CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError:
        return False
    return True


def create_database_if_missing(socket: Path, name: str = DATABASE) -> None:
    """Make the database; encoding and locale are those of the cluster."""
    with psycopg.connect(
        url(socket, "postgres"), autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:
        known = connection.execute("select from pg_database where datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
