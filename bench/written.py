"""What PostgreSQL has written to its log between two moments, by relation: `pg_waldump`."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from wirephoto.db.embedded import binaries

_RECORD = re.compile(r"len \(rec/tot\): +(\d+)/ *(\d+),")
_IMAGE = re.compile(r"rel \d+/\d+/(\d+) (?:fork \w+ )?blk \d+ FPW")


@dataclass(slots=True)
class Written:
    """Records, images of whole pages among them, bytes of those images, and of all.

    ``images_of`` counts the images by the table or index that the page belongs to.
    """

    records: int = 0
    images: int = 0
    image_bytes: int = 0
    bytes: int = 0
    images_of: dict[str, int] = field(default_factory=dict)


def here(connection: psycopg.Connection) -> str:
    """The place in the log that is written next."""
    row = connection.execute("select pg_current_wal_flush_lsn()::text").fetchone()
    assert row is not None
    return str(row[0])


def between(connection: psycopg.Connection, cluster: Path, begin: str, end: str) -> Written:
    """What the log of a cluster holds from ``begin`` to ``end``, both by ``here``."""
    names = _names(connection)
    program = binaries.program("pg_waldump")
    command = [str(program), f"--path={cluster / 'pg_wal'}", f"--start={begin}", f"--end={end}"]
    found = Written()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as dump:
        assert dump.stdout is not None
        for line in dump.stdout:
            _count(found, line.decode(errors="replace"), names)
    return found


def _count(found: Written, line: str, names: dict[str, str]) -> None:
    lengths = _RECORD.search(line)
    if lengths is None:
        return
    record, total = int(lengths[1]), int(lengths[2])
    found.records += 1
    found.bytes += total
    found.image_bytes += total - record
    for node in _IMAGE.findall(line):
        found.images += 1
        name = names.get(node, node)
        found.images_of[name] = found.images_of.get(name, 0) + 1


def _names(connection: psycopg.Connection) -> dict[str, str]:
    rows = connection.execute(
        "select pg_relation_filenode(oid)::text, relname from pg_class where relfilenode <> 0"
    )
    return dict(rows.fetchall())
