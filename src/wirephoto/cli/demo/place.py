"""The folder of the demo: one of its own, with a marker; no other is ever emptied."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors
from wirephoto.db.embedded import account, folders
from wirephoto.db.embedded.database import LOCK_FILE

DEFAULT = Path("wirephoto-demo")
MARKER = ".wirephoto-demo"
_NOTE = "This folder is the demo's own. `wirephoto demo --once` empties it.\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo keeps everything; ``note`` is a line for its user, or empty."""

    folder: Path
    note: str = ""


@contextlib.contextmanager
def opened(given: Path | None, *, fresh: bool) -> Iterator[Place]:
    """The folder for one run.

    Args:
        given: by the user; None: ``./wirephoto-demo``, or a temporary folder where the database's
            user could not work in that one.
        fresh: nothing of an earlier run: a temporary folder, or the given one, emptied. A
            temporary folder goes when the block ends.

    Raises:
        errors.OperatorError: the folder cannot be made, or holds what is not the demo's.
    """
    if given is not None:
        yield Place(_own(given, fresh=fresh))
        return
    if not fresh and (barred := _barred(DEFAULT)) is None:
        yield Place(_own(DEFAULT, fresh=False))
        return
    temporary = _temporary()
    note = "" if fresh else f"{barred}: this run's data is in {temporary}, until it ends"
    try:
        yield Place(_own(temporary, fresh=False), note)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _own(folder: Path, *, fresh: bool) -> Path:
    """Make it and mark it, or find our marker in it."""
    folder = folders.make_data(folder)
    marker = folder / MARKER
    inside = list(folder.iterdir())
    if inside and not marker.is_file():
        raise errors.OperatorError(
            f"{folder} holds something that is not the demo's: choose another with --data-dir"
        )
    _see_that_nobody_is_in(folder)
    if fresh:
        _empty(folder)
    try:
        marker.write_text(_NOTE)
    except OSError as fault:
        raise errors.OperatorError(f"cannot write to {folder}: {fault.strerror}") from None
    return folder


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == MARKER:
            continue  # last to go, never missing while anything of ours is left
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _see_that_nobody_is_in(folder: Path) -> None:
    lock = folder / LOCK_FILE
    if not lock.exists():
        return
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.OperatorError(
                f"{folder} is in use by another demo: choose another with --data-dir"
            ) from None


def _barred(folder: Path) -> str | None:
    """Why the database could not work in this folder, or None."""
    data = folder.resolve()
    existing = [path for path in (*reversed(data.parents), data) if path.exists()]
    try:
        barred = account.of_server(data / "postgres").first_barred(existing)
        if barred is not None:
            return f"the database's user cannot pass {barred}"
        folders.make_data(folder)
        with tempfile.TemporaryFile(dir=data):
            return None
    except errors.OperatorError as fault:
        return str(fault).partition(":")[0]
    except OSError as fault:
        return f"cannot write to {data} ({fault.strerror})"


def _temporary() -> Path:
    """A folder that the database's user can pass, whatever TMPDIR says."""
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):  # noqa: S108 - made by mkdtemp
        if not parent.is_dir() or _passage(parent) is not None:
            continue
        with contextlib.suppress(OSError):  # not ours to write to
            folder = Path(tempfile.mkdtemp(prefix="wirephoto-demo-", dir=parent))
            folder.chmod(0o711)
            return folder
    raise errors.OperatorError(
        "there is no temporary folder to work in: choose one with --data-dir"
    )


def _passage(folder: Path) -> Path | None:
    path = folder.resolve()
    return account.of_server(path / "postgres").first_barred([*reversed(path.parents), path])
