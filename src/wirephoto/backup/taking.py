"""Take a backup: database first, pictures after it."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from wirephoto import errors
from wirephoto.backup import copying, manifest, progress
from wirephoto.db import dump, schema


def make_folder(folder: Path, storage: Path | None, installation: str | None) -> None:
    """A folder for the backup: a new one, or one that has an earlier backup of this installation.

    Raises:
        errors.OperatorError: there is something else in it, or it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {path.name for path in folder.iterdir()}
        _refuse_other_files(folder, found)
        folder.chmod(0o700)
    except OSError as fault:
        raise errors.OperatorError(f"cannot write to {folder}: {fault.strerror}") from None
    whole = manifest.settle(folder)
    earlier = (whole.installation if whole else None) or installation
    kept = folder / manifest.STORAGE
    if earlier != installation or (storage and copying.is_of_another(storage, kept)):
        raise errors.OperatorError(
            f"{folder} holds a backup of another installation: name a new folder"
        )


def _refuse_other_files(folder: Path, found: set[str]) -> None:
    other = sorted(found - manifest.NAMES)
    if found and (other or not found & manifest.BEGUN):
        raise errors.OperatorError(
            f"{folder} is not empty, and {(other or sorted(found))[0]} in it is of no backup: "
            "name a new folder"
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
    seen: progress.Progress,
) -> manifest.Manifest:
    """Database, pictures (where ``storage`` is given) and project files into ``make_folder``'s.

    An earlier backup in it counts until this one is whole, and is none from then on.

    Raises:
        errors.OperatorError: another backup is at work, or a program of PostgreSQL refused.
        psycopg.Error: as the database said it.
        OSError: the disk.
    """
    left: list[str] = []
    with dump.nothing_removed(url):
        revision = schema.current(url)
        now = datetime.now(UTC)
        _take_database(url, folder / manifest.NEW_DATABASE, seen)
        if storage is not None:
            earlier = previous / manifest.STORAGE if previous else None
            left = _take_pictures(url, storage, folder / manifest.STORAGE, earlier, seen)
        _take_projects(projects, folder / manifest.NEW_PROJECTS)
        installation = dump.installation(url)
    seen.enter("disk")
    taken = manifest.Manifest(
        release=release,
        schema=str(revision),
        taken_at=now.isoformat(timespec="seconds"),
        database_sha256=manifest.digest(folder / manifest.NEW_DATABASE),
        storage=os.fspath(storage) if storage else None,
        pictures=seen.pictures,
        picture_bytes=seen.picture_bytes,
        installation=installation,
    )
    manifest.put(folder, taken)
    copying.remove(folder / manifest.STORAGE, left)
    return taken


def _take_database(url: str, file: Path, seen: progress.Progress) -> None:
    def tick() -> None:
        seen.dump_bytes = file.stat().st_size if file.exists() else 0
        seen.show(seen)

    dump.take(url, file, tick)
    tick()


def _take_pictures(
    url: str, storage: Path, target: Path, earlier: Path | None, seen: progress.Progress
) -> list[str]:
    """What is left over from earlier: for when the database that speaks of it is no more."""
    seen.total, seen.total_bytes = dump.pictures(url)
    seen.enter("pictures")
    copying.storage(storage, target, seen, earlier)
    return copying.left_over(storage, target)


def _take_projects(projects: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if projects.is_dir():
        shutil.copytree(projects, target, copy_function=shutil.copyfile)
