"""The cluster: PostgreSQL's data on disk."""

import os
import shutil
import signal
import tempfile

from wirephoto import errors
from wirephoto.db.embedded import folders as server_folders
from wirephoto.db.embedded import process
from wirephoto.db.embedded.account import Account
from wirephoto.db.embedded.binaries import MAJOR, Programs
from wirephoto.db.embedded.configuration import SUPERUSER
from wirephoto.db.embedded.folders import Folders

_INITDB_OPTIONS = (
    "--encoding=UTF8",
    # Sorting that is the same on every machine: the C library's changes with its version.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth-local=peer",
    "--auth-host=reject",
    f"--username={SUPERUSER}",
    "--no-instructions",
)


def ensure(folders: Folders, account: Account, programs: Programs) -> None:
    """See that there is a cluster of this version of PostgreSQL.

    Raises:
        errors.OperatorError: what is there is of another version or no cluster, or initdb failed.
        OSError: the disk.
    """
    if not folders.cluster.exists():
        _create(folders, account, programs)
    try:
        version = (folders.cluster / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise errors.OperatorError(
            f"{folders.cluster} holds no PostgreSQL data: move it away, "
            "or choose another with --data-dir"
        ) from None
    if version != MAJOR:
        raise errors.OperatorError(
            f"{folders.cluster} was written by PostgreSQL {version}, this is {MAJOR}: "
            "carry the data over with pg_dump, or choose another with --data-dir"
        )
    server_folders.own(folders.cluster, account)


def _create(folders: Folders, account: Account, programs: Programs) -> None:
    """Beside its place, then renamed: whoever is killed meanwhile leaves no half cluster."""
    fresh = folders.cluster.with_name(folders.cluster.name + ".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    server_folders.own(fresh, account)
    command = [os.fspath(programs.initdb), f"--pgdata={fresh}", *_INITDB_OPTIONS]
    with tempfile.TemporaryFile() as output:
        with process.launch(process.order(account, command, signal.SIGTERM), output) as initdb:
            failed = initdb.wait() != 0
        output.seek(0)
        said = output.read().decode(errors="replace")
    if failed:
        raise errors.OperatorError(
            f"PostgreSQL could not set up {folders.cluster}: {process.first_fault(said)}"
        )
    fresh.rename(folders.cluster)
    _sync(folders.data)


def _sync(folder: os.PathLike[str]) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
