"""Pictures from one storage folder to another.

Files of storage never change: those of one name and size are the same. A file is written beside
and renamed, never written over: links of it in other backups keep what they have.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from wirephoto.backup import progress
from wirephoto.pipeline.storage import keys, listed


def is_of_another(source: Path, target: Path) -> bool:
    """Whether both folders bear a mark, each its own."""
    marks = [folder / keys.MARK for folder in (source, target)]
    return all(mark.exists() for mark in marks) and marks[0].read_bytes() != marks[1].read_bytes()


def storage(
    source: Path, target: Path, seen: progress.Progress, previous: Path | None = None
) -> None:
    """Copy all that lies in a storage folder, and its mark, which goes first.

    What is in the target already stays, so a copy that was broken off goes on. What an earlier
    copy has is linked, where it lies on the same disk. What goes meanwhile is left out.

    Raises:
        OSError: the disk.
    """
    (target / keys.RESERVED).mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(source / keys.MARK, target / keys.MARK)
    for page in listed.pages(source):
        for one in page:
            if not one.is_ours:
                _bring(source / one.key, target, one, previous, seen)


def left_over(source: Path, target: Path) -> list[str]:
    """Keys of what the target has and the source has no more; temporary files among them."""
    return [
        one.key
        for page in listed.pages(target)
        for one in page
        if one.is_ours or _size(source / one.key) is None
    ]


def remove(folder: Path, left: Iterable[str]) -> None:
    """Take them out; folders stay."""
    for key in left:
        (folder / key).unlink(missing_ok=True)


def _bring(
    source: Path, target: Path, one: listed.Listed, previous: Path | None, seen: progress.Progress
) -> None:
    """Whole or not at all under its name."""
    wanted = target / one.key
    if _size(wanted) == one.size:
        seen.add(one.size, copied=False)
        return
    wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if previous is not None and _linked(previous / one.key, wanted, one.size):
        seen.add(one.size, copied=False)
    elif _copied(source, wanted, target / keys.RESERVED):
        seen.add(one.size, copied=True)


def _linked(earlier: Path, wanted: Path, size: int) -> bool:
    if _size(earlier) != size:
        return False
    try:
        os.link(earlier, wanted)
    except OSError:  # another disk, or one without links
        return False
    return True


def _copied(source: Path, wanted: Path, beside: Path) -> bool:
    temporary = beside / f".tmp-{secrets.token_hex(16)}"
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
