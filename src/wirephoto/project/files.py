"""Project files as they lie in their folder: which there are, and the JSON in them."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wirephoto import errors
from wirephoto.project import node, wording

MAX_FILE_BYTES = 5_000_000
_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def find(folder: Path, *, must_exist: bool = False) -> Iterator[tuple[str, Path]]:
    """Handle and path of every project file in the folder, sorted; hidden files are skipped.

    Raises:
        errors.SettingError: the folder cannot be read, or a file's name is no handle.
    """
    if not must_exist and not folder.exists():
        return
    try:
        paths = sorted(path for path in folder.iterdir() if _is_project_file(path))
    except OSError as unreadable:
        raise errors.SettingError(str(folder), _why(unreadable)) from None
    for path in paths:
        if not _HANDLE.fullmatch(path.stem):
            raise errors.SettingError(
                path.name,
                "a project file is named for its handle: a-z, 0-9, - and _, 63 at most, and .json",
            )
        yield path.stem, path


def _is_project_file(path: Path) -> bool:
    return path.suffix == ".json" and not path.name.startswith(".")


def _why(unreadable: OSError) -> str:
    return f"cannot be read: {unreadable.strerror or unreadable}"


def read(path: Path) -> node.Node:
    """The file's JSON.

    Raises:
        errors.SettingError: unreadable, over MAX_FILE_BYTES, not UTF-8, not JSON, a key twice in
            one object, or not an object at all.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as unreadable:
        raise errors.SettingError(path.name, _why(unreadable)) from None
    if len(data) > MAX_FILE_BYTES:
        raise errors.SettingError(path.name, f"is over {MAX_FILE_BYTES} bytes")
    whole = node.Node(path.name, _decode(path.name, data))
    whole.members()
    return whole


def _decode(name: str, data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except UnicodeDecodeError as fault:
        raise errors.SettingError(name, f"is not UTF-8 (at byte {fault.start})") from None
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise errors.SettingError(name, f"is not JSON: {fault.msg} ({where})") from None
    except ValueError as fault:  # ours below, and numbers of thousands of digits
        raise errors.SettingError(name, f"is not JSON: {fault}") from None
    except RecursionError:
        raise errors.SettingError(name, "is nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {wording.shown(key)} is there twice in one object")
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def is_open_to_others(path: Path) -> bool:
    """Whether users other than the owner and its group may read the file."""
    return bool(path.stat().st_mode & stat.S_IROTH)
