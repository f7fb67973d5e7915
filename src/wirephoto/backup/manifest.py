"""What a backup says of itself, in ``backup.json``."""

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wirephoto import errors

FILE = "backup.json"
NEW_FILE = "backup.json.new"
DATABASE = "database.dump"
NEW_DATABASE = "database.dump.new"
STORAGE = "storage"
PROJECTS = "projects"
NEW_PROJECTS = "projects.new"
OLD_PROJECTS = "projects.old"
BEGUN = frozenset({FILE, NEW_FILE, DATABASE, NEW_DATABASE})
"""One of them lies in each folder that a backup was begun in."""
NAMES = BEGUN | {STORAGE, PROJECTS, NEW_PROJECTS, OLD_PROJECTS}

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole backup.

    Args:
        release: of wirephoto, that took it.
        schema: revision of the database.
        taken_at: ISO 8601, when the database was read.
        database_sha256: hexadecimal, of the file.
        storage: the folder that pictures were copied from; None: they are not in it.
        pictures: files of storage in it, renditions included.
        picture_bytes: of them together.
        installation: a digest that is its own; None: a release before it was written.
    """

    release: str
    schema: str
    taken_at: str
    database_sha256: str
    storage: str | None
    pictures: int
    picture_bytes: int
    installation: str | None = None
    format: int = _FORMAT


def put(folder: Path, manifest: Manifest) -> None:
    """At the end: from now on the folder is this backup, and no other.

    Between two of the steps it is one of the two, too: see ``read``.
    """
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / NEW_FILE).write_bytes(text + b"\n")
    os.sync()  # it says that it is whole once it is on the disk
    (folder / NEW_DATABASE).replace(folder / DATABASE)
    (folder / NEW_FILE).replace(folder / FILE)
    _put_projects(folder)
    os.sync()


def _put_projects(folder: Path) -> None:
    new, now, old = (folder / name for name in (NEW_PROJECTS, PROJECTS, OLD_PROJECTS))
    if now.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        now.replace(old)
    if new.is_dir():
        new.replace(now)
    shutil.rmtree(old, ignore_errors=True)


def settle(folder: Path) -> Manifest | None:
    """What the folder is before a new backup is put into it; None: nothing whole.

    One that ended between two steps is brought to its end.
    """
    try:
        found = read(folder)
    except errors.OperatorError:
        return None
    if (folder / NEW_FILE).exists() and _decoded(folder / NEW_FILE) == found:
        (folder / NEW_FILE).replace(folder / FILE)
    return found


def read(folder: Path) -> Manifest:
    """Of a backup that is whole, its database unchanged.

    Raises:
        errors.OperatorError: it is no backup, or not whole.
    """
    try:
        if not (folder / NEW_FILE).exists():
            (folder / FILE).stat()
        sha256 = digest(folder / DATABASE)
        manifest = _of_database(folder, sha256)
    except FileNotFoundError as missing:
        raise errors.OperatorError(
            f"{folder} is no backup, or one that did not end: "
            f"{Path(missing.filename).name} is missing"
        ) from None
    except (OSError, msgspec.MsgspecError) as fault:
        raise errors.OperatorError(f"{folder / FILE} cannot be read: {fault}") from None
    if manifest.format != _FORMAT:
        raise errors.OperatorError(
            f"{folder} is a backup of format {manifest.format}, this release reads {_FORMAT}"
        )
    if sha256 != manifest.database_sha256:
        raise errors.OperatorError(
            f"{folder / DATABASE} is not what was written (its SHA-256 differs): copy it again"
        )
    return manifest


def _of_database(folder: Path, sha256: str) -> Manifest:
    """The one that was written last may not have its name yet, and its database does."""
    if (folder / NEW_FILE).exists():
        with contextlib.suppress(msgspec.MsgspecError):
            new = _decoded(folder / NEW_FILE)
            if new.database_sha256 == sha256:
                return new
    return _decoded(folder / FILE)


def _decoded(file: Path) -> Manifest:
    return msgspec.json.decode(file.read_bytes(), type=Manifest)


def digest(file: Path) -> str:
    """SHA-256, hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
