"""Take a backup: database first, pictures after it."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from wirephoto import errors
from wirephoto.backup import copying, manifest
from wirephoto.db import dump, schema


def make_folder(folder: Path) -> None:
    """A folder of our own for the backup.

    Raises:
        errors.OperatorError: there is something in it, or it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {path.name for path in folder.iterdir()}
        folder.chmod(0o700)
    except OSError as fault:
        raise errors.OperatorError(f"cannot write to {folder}: {fault.strerror}") from None
    if manifest.FILE in found:
        raise errors.OperatorError(f"{folder} holds a backup already: name a new folder")
    if found:
        raise errors.OperatorError(
            f"{folder} is not empty (a backup that did not end?): remove it, or name a new folder"
        )


def refuse_nothing(url: str) -> None:
    """See that there is something to back up.

    Raises:
        errors.OperatorError: the database was never set up.
        psycopg.Error: as the database said it.
    """
    if schema.current(url) is None:
        raise errors.OperatorError("the database was never set up: there is nothing to back up")


def take(
    url: str,
    folder: Path,
    *,
    release: str,
    storage: Path | None,
    projects: Path,
    previous: Path | None,
) -> manifest.Manifest:
    """Database, pictures (where ``storage`` is given) and project files into an empty folder.

    Raises:
        errors.OperatorError: another backup is at work, or a program of PostgreSQL refused.
        psycopg.Error: as the database said it.
        OSError: the disk.
    """
    with dump.nothing_removed(url):
        revision = schema.current(url)
        now = datetime.now(UTC)
        dump.take(url, folder / manifest.DATABASE)
        copied = copying.Copied()
        if storage is not None:
            earlier = previous / manifest.STORAGE if previous else None
            copied = copying.storage(storage, folder / manifest.STORAGE, earlier)
        if projects.is_dir():
            shutil.copytree(projects, folder / manifest.PROJECTS, copy_function=shutil.copyfile)
    taken = manifest.Manifest(
        release=release,
        schema=str(revision),
        taken_at=now.isoformat(timespec="seconds"),
        database_sha256=manifest.digest(folder / manifest.DATABASE),
        storage=os.fspath(storage) if storage else None,
        pictures=copied.pictures,
        picture_bytes=copied.picture_bytes,
    )
    os.sync()  # it says that it is whole once it is on the disk
    manifest.write(folder, taken)
    os.sync()
    return taken
