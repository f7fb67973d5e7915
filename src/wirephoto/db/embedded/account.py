"""The operating system's user that the server runs as.

PostgreSQL refuses to run as root. A plain user runs it as itself; root runs it as the owner of
an existing cluster, otherwise as a system user of its own.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors

SYSTEM_USER = "wirephoto"
_ELSEWHERE = "run as a plain user, or set WIREPHOTO_DATABASE_URL"
# The first path that cannot be entered (folder) or run (file).
_FIRST_BARRED = 'for path do test -x "$path" || { printf %s "$path"; exit 0; }; done'


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    def first_barred(self, paths: Iterable[Path]) -> Path | None:
        """The first folder that this user cannot enter, or program that it cannot run.

        Asked of the kernel as that user, since modes are not all there is (access lists). None
        for ourselves: what we cannot reach shows by itself.

        Raises:
            errors.OperatorError: we cannot become that user.
        """
        if os.geteuid() == self.uid:
            return None
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed script, paths as arguments
                ["/bin/sh", "-c", _FIRST_BARRED, "sh", *paths],
                user=self.uid,
                group=self.gid,
                extra_groups=os.getgrouplist(self.name, self.gid),
                cwd="/",
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            ).stdout
        except (OSError, subprocess.SubprocessError) as fault:
            raise errors.OperatorError(
                f"cannot run the database as user {self.name} ({fault}): {_ELSEWHERE}"
            ) from fault
        return Path(os.fsdecode(answer)) if answer else None


def current() -> Account:
    """The user of this process."""
    return _by_uid(os.geteuid())


def of_server(cluster: Path) -> Account:
    """The user that the server of this cluster runs as, made if need be.

    Raises:
        errors.OperatorError: there is none and it cannot be made.
    """
    if os.geteuid() != 0:
        return current()
    with contextlib.suppress(FileNotFoundError):
        if owner := cluster.lstat().st_uid:
            return _by_uid(owner)
    return _system_user()


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise errors.OperatorError(
            f"user id {uid} has no name on this machine, which PostgreSQL needs: "
            "add it to /etc/passwd, or set WIREPHOTO_DATABASE_URL"
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _system_user() -> Account:
    failure = ""
    for _ in range(5):  # another process may be adding it, or hold the lock of /etc/passwd
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(SYSTEM_USER)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
        failure = _add_system_user()
        if failure:
            time.sleep(0.2)
    raise errors.OperatorError(
        f"PostgreSQL does not run as root, and its user {SYSTEM_USER} "
        f"could not be added ({failure}): {_ELSEWHERE}"
    )


def _add_system_user() -> str:
    """Empty, or why it failed."""
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return "there is no useradd"
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent"]
    done = subprocess.run(  # noqa: S603 - the system's own program, fixed arguments
        [program, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    lines = done.stderr.strip().splitlines() or [f"useradd exited with {done.returncode}"]
    return lines[-1] if done.returncode else ""
