"""Restore a backup: pictures first, the database last and as a whole.

So whatever is broken off leaves no database that speaks of pictures that are not there, and the
same command goes on.
"""

import os
import shutil
from pathlib import Path

from wirephoto import errors
from wirephoto.backup import copying, manifest, progress
from wirephoto.db import dump, schema


def refuse_newer(taken: manifest.Manifest) -> None:
    """A backup of a newer release is none of ours.

    Raises:
        errors.OperatorError: it is one.
    """
    if taken.schema > schema.needed():
        raise errors.OperatorError(
            f"the backup was taken by release {taken.release}, its schema is {taken.schema}, "
            f"and this release knows {schema.needed()}: use that release or a newer one"
        )


def restore(
    url: str,
    folder: Path,
    *,
    storage: Path | None,
    projects: Path,
    seen: progress.Progress,
) -> bool:
    """Bring a backup into an empty database; pictures where ``storage`` is given.

    Returns:
        Whether its project files were taken over: those that are there stay.

    Raises:
        errors.OperatorError: there is an installation already, or a program of PostgreSQL refused.
        psycopg.Error: as the database said it.
        OSError: the disk.
    """
    if schema.current(url) is not None:
        raise errors.OperatorError(
            "the database is set up already, and nothing is written over: "
            "choose an empty one with --data-dir or WIREPHOTO_DATABASE_URL"
        )
    if storage is not None:
        _bring_pictures(folder / manifest.STORAGE, storage, seen)
    took_projects = _bring_projects(_projects(folder), projects)
    seen.enter("disk")
    os.sync()
    seen.dump_bytes = (folder / manifest.DATABASE).stat().st_size
    seen.enter("database")
    dump.restore(url, folder / manifest.DATABASE, lambda: seen.show(seen))
    return took_projects


def _bring_pictures(source: Path, target: Path, seen: progress.Progress) -> None:
    if copying.is_of_another(source, target):
        raise errors.OperatorError(
            f"{target} is the storage folder of another installation: "
            "choose another with --data-dir or WIREPHOTO_STORAGE_URL"
        )
    seen.enter("pictures")
    copying.storage(source, target, seen)


def _projects(folder: Path) -> Path:
    """Of a backup that ended between two steps, too."""
    names = (manifest.PROJECTS, manifest.OLD_PROJECTS)
    return next((folder / name for name in names if (folder / name).is_dir()), folder / names[0])


def _bring_projects(source: Path, target: Path) -> bool:
    if not source.is_dir() or (target.is_dir() and any(target.iterdir())):
        return False
    shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
    return True
