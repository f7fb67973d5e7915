"""What database and bucket hold after an import: nothing lost, nothing doubled."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bench import machines

# Names of sessions are ``wirephoto worker PID HOST`` (src/wirephoto/db/workers.py).
_SESSIONS = """select coalesce(max(n), 0) from (select count(*) as n from pg_stat_activity
where application_name like 'wirephoto worker %' group by application_name) each"""


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of success, the images they are of, entries, objects, and bytes that differ.

    ``sound``: objects that an entry names and whose bytes have the SHA-256 that the database knows.
    """

    rows: int
    images: int
    entries: int
    objects: int
    sound: int


def held(together: machines.Together, objects: Path) -> Held:
    (rows,) = together.rows(
        "select count(*), count(distinct (job_id, position)) from results where state = 'success'"
    )
    ((entries,),) = together.rows("select count(*) from entries")
    known = dict(
        together.rows(
            "select key, sha256 from blobs where state = 'stored'"
            " and key in (select asset_key from entries)"
        )
    )
    files = {
        str(path.relative_to(objects)): hashlib.sha256(path.read_bytes()).digest()
        for path in objects.rglob("*")
        if path.is_file()
    }
    sound = sum(bytes(known[key]) == digest for key, digest in files.items() if key in known)
    return Held(rows[0], rows[1], entries, len(files), sound)


def sessions(together: machines.Together) -> int:
    """The most that one worker process has with the database, now."""
    return int(together.rows(_SESSIONS)[0][0])
