"""How long do a backup and a restore take, there, again, and back?

As many pictures in the tables as asked for, filled as `bench/growth.py` fills them, and as many
files in storage under their keys. Then `wirephoto backup`, the same again into the same folder when
one in a hundred files is new, and `wirephoto restore` into another data directory. By the commands,
as somebody would.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, filling, installation, machine, measure, scratch

_NEW = 100  # one in so many files comes between the two backups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="in each large table (default %(default)s)"
    )
    parser.add_argument("--files", type=int, default=0, help="in storage (default %(default)s)")
    parser.add_argument("--size", type=int, default=20_000, help="bytes of each (%(default)s)")
    parser.add_argument(
        "--place",
        type=Path,
        default=scratch.MEMORY,
        help="folder (default: in memory, %(default)s); it takes the files three times",
    )
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder(asked.place) as folder:
        on = machine.look(folder)
        found = _measure(asked, folder)
    print(json.dumps(found, indent=1))
    asked_for = {"rows": asked.rows, "files": asked.files, "size": asked.size}
    kept = dated.keep("backup", {"machine": dataclasses.asdict(on)} | asked_for | found)
    print(f"kept in {kept}")


def _measure(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    kept, data = folder / "backup", folder / "data"
    with (
        installation.served(installation.Installation(0), folder) as running,
        running.database() as url,
    ):
        filling.fill(url, asked.rows)
        _write(data / "storage", 0, asked.files, asked.size)
        found = {"database_bytes": _bytes(url), "backup": _command("backup", kept, data)}
        _write(data / "storage", asked.files, asked.files + asked.files // _NEW, asked.size)
        found["again"] = _command("backup", kept, data)
    found["dump_bytes"] = (kept / "database.dump").stat().st_size
    return found | {"restore": _command("restore", kept, folder / "other")}


def _write(storage: Path, first: int, last: int, size: int) -> None:
    """Files under the keys of `bench/filling.py`, each of other bytes."""
    for number in range(first, last):
        name = _md5(f"{number}")
        file = storage / "default" / name[:2] / f"{name}{_md5(f'{number}x')}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * (size // 32))
    os.sync()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _command(name: str, kept: Path, data: Path) -> dict[str, float]:
    """Seconds by the clock and of its own processor time, and what it says of itself.

    Raises:
        measure.CannotRun: it failed.
    """
    environment = installation.Installation(0).environment()
    command = [sys.executable, "-m", "wirephoto", name, os.fspath(kept), "--json"]
    load, before, began = os.getloadavg()[0], os.times(), time.perf_counter()
    done = subprocess.run(
        [*command, "--data-dir", os.fspath(data)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise measure.CannotRun(f"wirephoto {name}: {done.stderr}")
    told = json.loads(done.stdout)
    spent = sum(after[2:4]) - sum(before[2:4])
    return {
        "seconds": round(seconds, 1),
        "processor_seconds": round(spent, 1),
        "load": round(load, 1),
        **{name: told[name] for name in ("pictures", "picture_bytes", "copied", "copied_bytes")},
    }


def _bytes(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])


if __name__ == "__main__":
    main()
