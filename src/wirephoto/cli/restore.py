"""``wirephoto restore``: an installation from a backup, where there is none."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wirephoto import errors, settings, wiring
from wirephoto.backup import manifest, progress, restoring
from wirephoto.cli import backup, backup_display, database, options
from wirephoto.db import embedded


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, as `wirephoto backup` made it.")],
    without_storage: Annotated[
        bool, typer.Option("--without-storage", help="Leave the pictures to you.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    data_dir: options.DataDir = None,
) -> None:
    """Bring a backup back into an empty database and folder; nothing is written over."""
    given = settings.load(data_dir=data_dir)
    taken = manifest.read(folder)
    restoring.refuse_newer(taken)
    storage = None if without_storage or taken.storage is None else _folder(given, folder)
    os.umask(0o077)
    with (
        database.reached(given, embedded.Holder.COMMAND) as url,
        backup.translated(given.data_dir),
        backup_display.opened(quiet=as_json) as show,
    ):
        seen = progress.Progress(show, total=taken.pictures, total_bytes=taken.picture_bytes)
        took_projects = restoring.restore(
            url,
            folder.absolute(),
            storage=storage,
            projects=wiring.projects_folder(given),
            seen=seen,
        )
    if as_json:
        told = {**asdict(taken), "copied": seen.copied, "copied_bytes": seen.copied_bytes}
        sys.stdout.write(json.dumps(told | {"took_projects": took_projects}) + "\n")
        return
    _say(taken, storage, took_projects=took_projects)


def _folder(given: settings.Settings, backup_folder: Path) -> Path:
    storage = wiring.folders(given).get("storage")
    if storage is None:
        raise errors.SettingError(
            "WIREPHOTO_STORAGE_URL",
            f"names a bucket, and the backup holds a folder: copy {backup_folder}/storage into the"
            " bucket yourself, then restore with --without-storage",
        )
    return storage


def _say(taken: manifest.Manifest, storage: Path | None, *, took_projects: bool) -> None:
    pictures = (
        f"{taken.pictures} pictures in {storage}" if storage else "no pictures: those are yours"
    )
    projects = ", project files" if took_projects else ""
    sys.stdout.write(
        f"restored what was there at {taken.taken_at}: the database at {taken.schema}, "
        f"{pictures}{projects}\n"
    )
