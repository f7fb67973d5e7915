"""``wirephoto migrate``: bring the database to the schema of this release."""

import sys

from wirephoto import settings
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
    with database.translated():
        schema.migrate(url)
    _say(url)


def _say(url: str) -> None:
    sys.stdout.write(f"the database is at {schema.current(url)}\n")
