"""The folders of the server: its cluster, its log, its socket.

These three belong to the server's user, mode 0700. No other folder is ever changed; one that we
had to make ourselves as root is made so that the server's user can pass.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors
from wirephoto.db.embedded.account import Account

SOCKET_NAME = ".s.PGSQL.5432"
_MAX_SOCKET_PATH = 107  # bytes: sun_path is 108 with its final zero (unix(7))
_LISTS = frozenset(',"\n')  # separators in unix_socket_directories, libpq's host, our lock file


@dataclass(frozen=True, slots=True)
class Folders:
    """Absolute paths; ``data`` is the data directory that holds ``cluster`` and ``log``."""

    data: Path
    cluster: Path
    log: Path
    socket: Path


def make_data(data_dir: Path) -> Path:
    """The data directory as an absolute path without links, made if it is missing.

    Raises:
        errors.OperatorError: it cannot be made, or is no folder.
    """
    try:
        data = data_dir.resolve()
        _make_passable(data)
    except (OSError, RuntimeError) as fault:
        reason = (isinstance(fault, OSError) and fault.strerror) or fault
        raise errors.OperatorError(
            f"cannot write to {data_dir} ({reason}): choose another with --data-dir"
        ) from fault
    return data


def prepare(data: Path, account: Account) -> Folders:
    """The folders of the server of this data directory, made and owned as they must be.

    Raises:
        errors.OperatorError: the server's user cannot reach them, or one belongs to another.
        OSError: the disk.
    """
    log = data / "log"
    _make_passable(log)
    barred = account.first_barred([*reversed(data.parents), data, log])
    if barred is not None:
        raise errors.OperatorError(
            f"{barred} bars the database's user {account.name} from the data directory {data}: "
            "choose another with --data-dir"
        )
    folders = Folders(data, data / "postgres", log / "postgres", _socket_folder(data, account))
    own(folders.log, account)
    own(folders.socket, account)
    return folders


def own(folder: Path, account: Account) -> None:
    """Make the folder if it is missing, and see that it is the account's alone.

    Raises:
        errors.OperatorError: it is a link, or belongs to someone else.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as fault:
        raise errors.OperatorError(f"cannot use the folder {folder}: {fault.strerror}") from fault
    try:
        if os.geteuid() == 0 and os.fstat(descriptor).st_uid == 0:
            os.fchown(descriptor, account.uid, account.gid)
        if os.fstat(descriptor).st_uid != account.uid:
            raise errors.OperatorError(f"the folder {folder} does not belong to {account.name}")
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)


def forget_socket(folders: Folders) -> None:
    """Remove a socket folder outside the data directory; the server has ended."""
    if folders.data not in folders.socket.parents:
        try:
            folders.socket.rmdir()
        except OSError:  # not empty: the server did not end well, its next start clears it
            return


def _make_passable(folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing if os.geteuid() == 0 else ():
        # Ours from the first moment: whatever root's umask, the server's user must get through.
        made.chmod(stat.S_IMODE(made.stat().st_mode) | 0o011)


def _socket_folder(data: Path, account: Account) -> Path:
    """``run`` in the data directory, or a short path elsewhere where that one is too long."""
    inside = data / "run"
    too_long = len(os.fsencode(inside / SOCKET_NAME)) > _MAX_SOCKET_PATH
    if not too_long and not _LISTS & set(str(inside)):
        return inside
    name = "wirephoto-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    runtime = Path(f"/run/user/{account.uid}")
    if runtime.is_dir() and os.access(runtime, os.W_OK) and runtime.stat().st_uid == account.uid:
        return runtime / name
    return Path("/tmp") / name  # noqa: S108 - the folder is checked: ours, 0700, no link
