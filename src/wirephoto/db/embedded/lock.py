"""Who holds a data directory.

An flock on ``database.lock``: the operating system frees it when the holder dies, however it
dies. (A process that the holder forks without exec shares the lock: start others by exec.) The
file says who holds it (``serve 4711``) and, once the server answers, on a second line the
postmaster's pid and its socket folder. What the file says counts only while it is locked.
"""

import enum
import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors

PATIENCE_S = 60.0
POLL_S = 0.05


class Holder(enum.StrEnum):
    """What kind of process asks for the database."""

    SERVE = "serve"
    WORKER = "worker"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Occupant:
    """Another process that holds the lock; ``pid`` and ``socket`` of its server once it answers."""

    kind: Holder
    process: int
    pid: int | None = None
    socket: Path | None = None

    def __str__(self) -> str:
        name = "command of wirephoto" if self.kind is Holder.COMMAND else f"`wirephoto {self.kind}`"
        return f"{name} with pid {self.process}"


class Lock:
    """The lock in our hands, until ``close``."""

    def __init__(self, descriptor: int, holder: Holder) -> None:
        self._descriptor = descriptor
        self._claim = f"{holder} {os.getpid()}\n".encode()
        self._write(self._claim)

    def publish(self, pid: int | None, socket: Path) -> None:
        """Tell the others that the server answers, and where; None: that there is none."""
        server = b"" if pid is None else b"%d %s\n" % (pid, os.fsencode(socket))
        self._write(self._claim + server)

    def close(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _write(self, text: bytes) -> None:
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))


def enter(path: Path, holder: Holder, answers: Callable[[Path], bool]) -> Lock | Occupant:
    """Take the lock, or find the server of the one who has it; waits up to a minute for either.

    Args:
        path: the lock file; its folder exists.
        holder: what we are.
        answers: whether the server with this socket folder takes connections.

    Raises:
        errors.OperatorError: held by one that we neither share with nor outlast.
    """
    deadline = time.monotonic() + PATIENCE_S
    seen: Occupant | None = None
    while (lock := _attempt(path, holder)) is None:
        # A new holder needs a moment to put its name over that of a dead one: only what
        # stands there twice is believed.
        before, seen = seen, _read(path)
        if seen is not None and seen == before:
            _refuse_if_incompatible(path.parent, holder, seen)
            if _is_shared(seen, answers) and _read(path) == seen:
                return seen
        if time.monotonic() > deadline:
            raise errors.OperatorError(_waited_in_vain(path.parent, seen))
        time.sleep(POLL_S)
    return lock


def _attempt(path: Path, holder: Holder) -> Lock | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as fault:
        raise errors.OperatorError(
            f"cannot write to {path.parent} ({fault.strerror}): choose another with --data-dir"
        ) from fault
    try:
        _give_to_the_folders_owner(descriptor, path.parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Lock(descriptor, holder)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError as fault:
        os.close(descriptor)
        raise errors.OperatorError(
            f"cannot lock {path} ({fault.strerror}): choose another with --data-dir"
        ) from fault


def _give_to_the_folders_owner(descriptor: int, folder: Path) -> None:
    """A file that root made in a user's data directory must not keep that user out of it."""
    owner = folder.stat()
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _read(path: Path) -> Occupant | None:
    try:
        claim, _, server = path.read_bytes().partition(b"\n")
        kind, process = claim.decode().split(" ")
        occupant = Occupant(Holder(kind), int(process))
        if not server.endswith(b"\n"):
            return occupant
        pid, _, socket = server[:-1].partition(b" ")
        return Occupant(occupant.kind, occupant.process, int(pid), Path(os.fsdecode(socket)))
    except (OSError, ValueError):  # being written in this moment
        return None


def _is_shared(occupant: Occupant, answers: Callable[[Path], bool]) -> bool:
    shares = occupant.kind is not Holder.COMMAND
    return shares and occupant.socket is not None and answers(occupant.socket)


def _refuse_if_incompatible(data: Path, holder: Holder, occupant: Occupant) -> None:
    if holder is Holder.SERVE and occupant.kind is not Holder.COMMAND:
        raise errors.OperatorError(
            f"data directory {data} is in use by {occupant}: "
            "stop it or choose another with --data-dir"
        )


def _waited_in_vain(data: Path, occupant: Occupant | None) -> str:
    who = occupant or "another process"
    if occupant is None or occupant.kind is Holder.COMMAND:
        return f"data directory {data} has been in use by {who} for {PATIENCE_S:.0f} s: try later"
    return (
        f"the database of {who} does not answer after {PATIENCE_S:.0f} s: see {data}/log/postgres"
    )
