"""The server's files of settings, written anew at every start.

What an operator changes with ``ALTER SYSTEM`` wins over them and stays.
"""

import os
from collections.abc import Iterable

from wirephoto.db.embedded.folders import Folders

SUPERUSER = "wirephoto"
MAIN_FILE = "wirephoto.conf"
LOG_PREFIX = "postgres-"

_SETTINGS = """\
# Written by wirephoto at every start. Use ALTER SYSTEM for settings of your own.
include 'postgresql.conf'
cluster_name = 'wirephoto'

# Reached through the socket alone.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 300

# What is reported as done survives a power cut.
fsync = on
synchronous_commit = on
full_page_writes = on

# Images of whole pages go into the log as they are: those of an import are mostly of indexes of
# random keys, which pglz, the only method of this build, does not make smaller in a tenth of a
# millisecond each.
wal_compression = off

# A laptop's memory and disk; an import writes much, so checkpoints are far apart.
shared_buffers = '256MB'
effective_cache_size = '1GB'
effective_io_concurrency = 64
random_page_cost = 1.1
max_wal_size = '2GB'
min_wal_size = '256MB'
checkpoint_timeout = '15min'

# Short statements only: the cores belong to the import, and parallel plans need room in
# /dev/shm, of which a container has 64 MB.
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0

# Queue and image rows change often.
autovacuum_vacuum_scale_factor = 0.02
autovacuum_vacuum_insert_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
idle_in_transaction_session_timeout = '60s'

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'

# A new file a day, at 10 MB and at a start. The number of files is kept by the process that
# keeps the server: log_truncate_on_rotation would not truncate at a change by size.
logging_collector = on
log_rotation_age = '1d'
log_rotation_size = '10MB'
log_file_mode = 0600
log_min_duration_statement = -1
"""


def files(folders: Folders, users: Iterable[str]) -> dict[str, str]:
    """Content by absolute path.

    Args:
        folders: of the server.
        users: of the operating system who may connect, each as the database's superuser. Peer
            authentication: the kernel says who is at the other end of the socket.
    """
    settings = {
        "unix_socket_directories": f'"{folders.socket}"',
        "log_directory": str(folders.log),
        "log_filename": f"{LOG_PREFIX}%Y%m%d-%H%M%S.log",
        "hba_file": str(folders.cluster / "pg_hba.conf"),
        "ident_file": str(folders.cluster / "pg_ident.conf"),
    }
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    names = [f'wirephoto "{user}" {SUPERUSER}\n' for user in sorted(set(users))]
    content = {
        MAIN_FILE: _SETTINGS + "".join(lines),
        "pg_hba.conf": "local all all peer map=wirephoto\n",
        "pg_ident.conf": "".join(names),
    }
    return {os.fspath(folders.cluster / name): text for name, text in content.items()}


def _quoted(value: str) -> str:
    """As a string of postgresql.conf (PostgreSQL 18 documentation, 19.1.2)."""
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("'", "''")
    return f"'{escaped}'"
