"""How long does the database of a backup take, there and back?

As many pictures in the tables as asked for, filled as `bench/growth.py` fills them. Then the dump
of `wirephoto backup`, and the restore of `wirephoto restore` into another cluster. Pictures are not
copied here: that is the disks' time, and theirs alone.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, growth, installation, machine, measure, origin, scratch
from wirephoto.db import dump, embedded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="in each large table (default %(default)s)"
    )
    parser.add_argument(
        "--place",
        type=Path,
        default=scratch.MEMORY,
        help="folder (default: in memory, %(default)s)",
    )
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder(asked.place) as folder:
        on = machine.look(folder, origin.require())
        file = folder / "database.dump"
        with (
            installation.served(installation.Installation(1), folder) as running,
            running.database() as url,
        ):
            growth.fill(url, asked.rows)
            size = _size(url)
            taken = _seconds(lambda: dump.take(url, file))
        with embedded.running(folder / "other", embedded.Holder.COMMAND) as other:
            restored = _seconds(lambda: dump.restore(other.url, file))
        found = {
            "rows": asked.rows,
            "database_bytes": size,
            "dump_bytes": file.stat().st_size,
            "dump_seconds": taken,
            "restore_seconds": restored,
        }
        print(found)
        kept = dated.keep("backup", {"machine": dataclasses.asdict(on)} | found)
        print(f"kept in {kept}")


def _size(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 1)


if __name__ == "__main__":
    main()
