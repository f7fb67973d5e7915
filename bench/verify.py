"""What does `wirephoto verify` take, in time and memory, beside a library of a million entries?

Entries, pictures, jobs with their images and rows, and copies for searching are written by COPY,
and an object of some bytes lies in the storage folder for each picture, under its true key. Then
the command is run as an operator runs it: alone, with ``--deep``, with ``--repair``, and once more.
For the repair there are pictures that no entry refers to, years old, and entries without a copy.
"""

import argparse
import contextlib
import dataclasses
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, memory_of, scratch
from wirephoto import model
from wirephoto.db import embedded, schema
from wirephoto.pipeline.storage import keys

_BYTES_A_PICTURE = 12_000  # of disk: rows, indexes, what is written on the way, and a file
_IMAGES_A_JOB = 10_000
_LEFT_OVER = 100  # a picture in so many has no entry
_UNSEARCHED = 100  # an entry in so many has no copy
_SECRET = b"bench"
_LOOK_SECONDS = 0.1
_RUNS = {"": 1, "--deep": 1, "--repair": 0, "again": 0}  # and what it is to end with
_SESSIONS = "select pid from pg_stat_activity where application_name = 'wirephoto verify'"
_JOBS = """
insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done,
  success, finished_at)
select 'filled-' || n, 1, 1, n, 'archive', 'success', counted, counted, counted, now()
from (
  select n, least(%(job)s, %(last)s - n * %(job)s) as counted
  from generate_series(0, (%(last)s - 1) / %(job)s) n
) j
"""
_COLUMNS = {
    "blobs": "key, project_id, sha256, size, mime_type, state, changed_at",
    "entries": (
        "id, project_id, system_name, external_id, media_type, title, metadata, asset_key,"
        " asset_size, width, height, mime_type, file_name"
    ),
    "images": "job_id, position, url, external_id, file_name, media_type, metadata",
    "results": "job_id, position, state, attempts, title, entry_id, asset_key",
}
_SEARCH = """
insert into entry_search (entry_id, version, project_id, words, system_name, media_type, mime_type,
  asset_key, width, height, size, created_at, updated_at, archived)
select id, version, project_id, search_vector(lower(title), 'archiv foto'), system_name, media_type,
  mime_type, asset_key, width, height, asset_size, created_at, updated_at, false
from entries where external_id::int %% %(unsearched)s <> 0
"""


@dataclass(frozen=True, slots=True)
class Took:
    """``peak`` of the command, ``server`` of its sessions, in bytes;"""

    what: str
    seconds: float
    peak: int
    server: int
    counts: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--entries",
        type=int,
        nargs="+",
        default=[100_000, 1_000_000],
        help="each in a new installation (default 100000 1000000)",
    )
    parser.add_argument(
        "--place", type=Path, default=scratch.MEMORY, help="a folder (default %(default)s)"
    )
    asked = parser.parse_args()
    found = {}
    on = machine.look(asked.place)
    with measure.or_ended():
        for entries in asked.entries:
            with scratch.folder(asked.place) as folder:
                if shutil.disk_usage(folder).free < entries * _BYTES_A_PICTURE:
                    raise measure.CannotRun(f"{folder} has no room for {entries:,} entries")
                found[entries] = _measure(folder, entries)
    document = {
        "machine": dataclasses.asdict(on),
        "entries": {
            count: [dataclasses.asdict(one) for one in runs] for count, runs in found.items()
        },
    }
    print(f"kept in {dated.keep('verify', document)}")


def _measure(folder: Path, entries: int) -> list[Took]:
    data = folder / "data"
    with embedded.running(data, embedded.Holder.COMMAND) as database:
        schema.migrate(database.url)
        began = time.perf_counter()
        _fill(database.url, data / "storage", entries)
        print(f"{entries:,} entries written in {time.perf_counter() - began:.0f} s", flush=True)
        return [_run(data, database.url, what) for what in _RUNS]


def _fill(url: str, storage: Path, entries: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("insert into projects (handle) values ('default')")
        connection.execute("insert into project_secrets values (1, %s)", [_SECRET])
        connection.execute(
            "insert into project_snapshots (project_id, digest, content) values (1, 'd', 'c')"
        )
        connection.execute(_JOBS, {"job": _IMAGES_A_JOB, "last": entries})
        first = connection.execute("select min(id) from jobs").fetchone()
        assert first is not None
        for table, columns in _COLUMNS.items():
            with connection.cursor().copy(f"copy {table} ({columns}) from stdin".encode()) as copy:
                for row in _rows(table, entries, first[0], storage):
                    copy.write_row(row)
        connection.execute(_SEARCH, {"unsearched": _UNSEARCHED})
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def _rows(table: str, entries: int, first_job: int, storage: Path) -> Iterator[tuple[Any, ...]]:
    if table == "blobs":
        pictures = entries + entries // _LEFT_OVER
        yield from (_stored(storage, number, entries) for number in range(pictures))
        return
    for number in range(entries):
        job, position = first_job + number // _IMAGES_A_JOB, number % _IMAGES_A_JOB
        key, body = _picture(number)
        name, metadata = f"{number}.jpg", '{"title": "Picture"}'
        if table == "entries":
            pair = (f"{number:014}", 1, "archive", str(number))
            yield (*pair, "image", name, metadata, key, len(body), 1, 1, "image/jpeg", name)
        elif table == "images":
            yield job, position, f"http://a/{name}", str(number), name, "image", metadata
        else:
            yield job, position, "success", 1, name, f"{number:014}", key


def _picture(number: int) -> tuple[str, bytes]:
    body = f"picture {number}".encode()
    digest = hashlib.sha256(body).digest()
    return keys.asset_key("default", _SECRET, digest, model.Kind.JPEG), body


def _stored(storage: Path, number: int, entries: int) -> tuple[Any, ...]:
    """The row, and the object; those after the last entry are old and nobody's."""
    key, body = _picture(number)
    path = storage / key
    try:
        path.write_bytes(body)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True)
        path.write_bytes(body)
    at = "now" if number < entries else "2020-01-01"
    return key, 1, hashlib.sha256(body).digest(), len(body), "image/jpeg", "stored", at


def _run(data: Path, url: str, what: str) -> Took:
    command = [sys.executable, "-m", "wirephoto", "verify", "--json", "--data-dir", str(data)]
    said = data.parent / "said"
    began = time.perf_counter()
    with said.open("w") as output:
        process = psutil.Popen(
            [*command, *([what] if what.startswith("-") else [])],
            env=installation.Installation(0).environment() | {"WIREPHOTO_DATABASE_URL": url},
            stdout=output,
        )
        peak, server = _watch(process, url)
    seconds = time.perf_counter() - began
    if process.returncode != _RUNS[what]:
        raise measure.CannotRun(f"verify {what} ended with {process.returncode}")
    summary = json.loads(said.read_text().splitlines()[-1])
    took = Took(what or "alone", seconds, peak, server, summary["counts"])
    print(
        f"{took.what:9} {seconds:7.1f} s, {peak / 1e6:.0f} MB at most, {server / 1e6:.0f} MB in"
        f" PostgreSQL; {took.counts}",
        flush=True,
    )
    return took


def _watch(process: psutil.Popen, url: str) -> tuple[int, int]:
    """Until it has ended: the most memory of the command, and of its sessions together."""
    peak = server = 0
    with psycopg.connect(url, autocommit=True) as connection:
        while process.poll() is None:
            with contextlib.suppress(AssertionError, OSError, psutil.Error):  # it just ends
                peak = max(peak, memory_of.peak(process))
                sessions = [psutil.Process(row[0]) for row in connection.execute(_SESSIONS)]
                server = max(server, sum(memory_of.resident(one) for one in sessions))
            time.sleep(_LOOK_SECONDS)
    return peak, server


if __name__ == "__main__":
    main()
