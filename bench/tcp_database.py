"""The PostgreSQL of an installation of several machines: reached over TCP, with a password.

It is the embedded one, told by ALTER SYSTEM to listen; what a machine needs to know is its URL.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from wirephoto.db import embedded

_USER, _PASSWORD, _NAME = "newsroom", "bench-word", "pictures"
_ACCESS = "local all all peer map=wirephoto\nhost {name} {user} {network} scram-sha-256\n"


@contextlib.contextmanager
def listening(folder: Path, address: str, network: str) -> Iterator[str]:
    """URL of an empty database whose owner may connect from the network, and is no superuser."""
    access = folder / "access.conf"
    access.write_text(_ACCESS.format(name=_NAME, user=_USER, network=network))
    access.chmod(0o644)
    with embedded.running(folder / "database", embedded.Holder.COMMAND) as database:
        _open(database.url, address, access)
    with embedded.running(folder / "database", embedded.Holder.COMMAND):
        yield f"postgresql://{_USER}:{_PASSWORD}@{address}:5432/{_NAME}"


def _open(url: str, address: str, access: Path) -> None:
    """From its next start on."""
    settings = {"listen_addresses": address, "hba_file": str(access)}
    with psycopg.connect(url, autocommit=True) as connection:
        for setting, value in settings.items():
            connection.execute(
                sql.SQL("alter system set {} = {}").format(
                    sql.Identifier(setting), sql.Literal(value)
                )
            )
        user, name = sql.Identifier(_USER), sql.Identifier(_NAME)
        connection.execute(
            sql.SQL("create role {} login password {}").format(user, sql.Literal(_PASSWORD))
        )
        connection.execute(sql.SQL("create database {} owner {}").format(name, user))
