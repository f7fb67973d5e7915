"""Pictures from one storage folder to another.

Files of storage never change: those of one name and size are the same.
"""

import contextlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors
from wirephoto.pipeline.storage import keys, listed


@dataclass(slots=True)
class Copied:
    """Files that are in the target now, and their bytes."""

    pictures: int = 0
    picture_bytes: int = 0


def storage(source: Path, target: Path, previous: Path | None = None) -> Copied:
    """Copy all that lies in a storage folder, and its mark, which goes first.

    What is in the target already stays, so a copy that was broken off goes on. What an earlier
    copy has is linked, where it lies on the same disk. What goes meanwhile is left out.

    Raises:
        errors.OperatorError: the target is the folder of another installation.
        OSError: the disk.
    """
    copied = Copied()
    (target / keys.RESERVED).mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_mark(source / keys.MARK, target / keys.MARK)
    for page in listed.pages(source):
        for one in page:
            earlier = previous / one.key if previous else None
            if not one.is_ours and _bring(source / one.key, target, one, earlier):
                copied.pictures += 1
                copied.picture_bytes += one.size
    return copied


def _copy_mark(source: Path, target: Path) -> None:
    wanted = source.read_bytes() if source.exists() else b""
    there = target.read_bytes() if target.exists() else wanted
    if there != wanted:
        raise errors.OperatorError(
            f"{target.parent.parent} is the storage folder of another installation: "
            "choose another with --data-dir or WIREPHOTO_STORAGE_URL"
        )
    if wanted:
        target.write_bytes(wanted)


def _bring(source: Path, target: Path, one: listed.Listed, earlier: Path | None) -> bool:
    """Whether the target has it now; whole or not at all under its name."""
    wanted = target / one.key
    if _size(wanted) == one.size:
        return True
    wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if earlier is not None and _size(earlier) == one.size:
        with contextlib.suppress(OSError):  # another disk, or one without links
            os.link(earlier, wanted)
            return True
    temporary = target / keys.RESERVED / f".tmp-{secrets.token_hex(16)}"
    try:
        shutil.copyfile(source, temporary, follow_symlinks=False)
        temporary.replace(wanted)
    except FileNotFoundError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None
