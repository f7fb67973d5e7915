"""What a backup says of itself, in ``backup.json``."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wirephoto import errors

FILE = "backup.json"
DATABASE = "database.dump"
STORAGE = "storage"
PROJECTS = "projects"

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
    """

    release: str
    schema: str
    taken_at: str
    database_sha256: str
    storage: str | None
    pictures: int
    picture_bytes: int
    format: int = _FORMAT


def write(folder: Path, manifest: Manifest) -> None:
    """At the end: from now on the folder is a backup."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    with (folder / FILE).open("xb") as file:
        file.write(text + b"\n")


def read(folder: Path) -> Manifest:
    """Of a backup that is whole, its database unchanged.

    Raises:
        errors.OperatorError: it is no backup, or not whole.
    """
    try:
        manifest = msgspec.json.decode((folder / FILE).read_bytes(), type=Manifest)
        sha256 = digest(folder / DATABASE)
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


def digest(file: Path) -> str:
    """SHA-256, hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
