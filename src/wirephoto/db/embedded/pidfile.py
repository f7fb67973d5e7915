"""What ``postmaster.pid`` in a cluster says, and the server it may have been left by."""

import contextlib
import os
import signal
import time
from pathlib import Path

from wirephoto import errors

STOP_STEPS = (  # signal, seconds it has (PostgreSQL 18 documentation, 18.5)
    (signal.SIGINT, 20.0),  # fast: sessions are ended, a checkpoint is written
    (signal.SIGQUIT, 10.0),  # immediate: the next start recovers from the log
    (signal.SIGKILL, 10.0),
)
_POLL_S = 0.05
_ORPHANS_S = 10.0  # in which the processes of a killed server end by themselves
_PORT, _SOCKET_FOLDER = 3, 4  # lines, from 0
_STATUS = 7  # line, from 0, as pg_ctl reads it (LOCK_FILE_LINE_PM_STATUS)


def says_ready(cluster: Path, pid: int) -> bool:
    """Whether the server with this pid says that it takes connections."""
    lines = _lines(cluster)
    return len(lines) > _STATUS and lines[0] == str(pid) and lines[_STATUS].strip() == "ready"


def end_left_over(cluster: Path) -> None:
    """Stop a server that outlived its holder; we hold the lock, so nobody needs it.

    It is stopped, not adopted: it is no child of ours, so it would not end with us, and its
    programs and settings may be those of an earlier version.

    Raises:
        errors.OperatorError: it is another user's, or does not end.
    """
    with contextlib.suppress(IndexError, ValueError):
        pid = int(_lines(cluster)[0])
        for number, patience in STOP_STEPS:
            if _has_ended(cluster, pid, number, patience):
                _forget(cluster, pid)
                return
        raise errors.OperatorError(f"the PostgreSQL with pid {pid} in {cluster} does not stop")


def _has_ended(cluster: Path, pid: int, number: signal.Signals, patience: float) -> bool:
    deadline = time.monotonic() + patience
    if _serves(pid, cluster):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        except PermissionError:
            raise errors.OperatorError(
                f"another user's PostgreSQL with pid {pid} runs in {cluster}: "
                "stop it or choose another with --data-dir"
            ) from None
    while _serves(pid, cluster):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _forget(cluster: Path, pid: int) -> None:
    """Remove the file of a server that died but was not waited for: PostgreSQL takes it for alive.

    Only once none of its processes works in the cluster any more: that is what the file guards.
    """
    deadline = time.monotonic() + _ORPHANS_S
    while _is_zombie(pid):
        if not _is_worked_in(cluster):
            for lock in (*_socket_locks(cluster), cluster / "postmaster.pid"):
                lock.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def _socket_locks(cluster: Path) -> list[Path]:
    """The lock of the server's socket, which names the same pid."""
    lines = _lines(cluster)
    named = len(lines) > _SOCKET_FOLDER and lines[_SOCKET_FOLDER]
    return [Path(named) / f".s.PGSQL.{lines[_PORT]}.lock"] if named else []


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def _is_worked_in(cluster: Path) -> bool:
    """Whether any process stands in the cluster, as all of a server's do."""
    for folder in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if folder.readlink() == cluster:
                return True
    return False


def _serves(pid: int, cluster: Path) -> bool:
    """Whether this process is a postmaster of this cluster, and not one that got its pid since."""
    try:
        # Empty for one that has died and was not waited for.
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"-D" + os.fsencode(cluster) in arguments


def _lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
