"""Does a picture cost more where there are many already? Imports beside filled tables.

Processor time a picture of PostgreSQL and of the workers, and the clock, with so many entries,
images, results and pictures in the tables, filled by COPY and vacuumed as they would be by then.
Small pictures in memory: their work is that of the tables.
"""

import argparse
import dataclasses
import itertools
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch

_PICTURE_BYTES = 3000
_BYTES_A_ROW = 2200  # of disk, for each picture in the tables, with what is written on the way
_ROWS_A_JOB = 10_000

# What a picture leaves in the tables, as the import writes it.
_FILL = (
    """
    insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total, done,
      success, finished_at)
    select 'filled-' || n, p.id, (select min(id) from project_snapshots), n, 'filled', 'success',
      {job}, {job}, {job}, now()
    from generate_series({first} / {job}, ({last} - 1) / {job}) n, projects p
    where p.handle = 'default'
    returning id, public_id
    """,
    """
    copy (select j.id, n % {job}, 'http://127.0.0.1/filled/' || n || '.jpg', 'filled-' || n,
      n || '.jpg', 'image', '{{"title": "Picture ' || n || '", "source": "bench"}}'
      from generate_series({first}::bigint, {last} - 1) n
      join jobs j on j.public_id = 'filled-' || n / {job}) to stdout
    """,
    """
    copy (select j.id, n % {job}, 'success', 1, 'Picture ' || n, md5('entry' || n), {key}, 1200,
      800, 'image/jpeg'
      from generate_series({first}::bigint, {last} - 1) n
      join jobs j on j.public_id = 'filled-' || n / {job}) to stdout
    """,
    """
    copy (select {key}, 1, sha256(n::text::bytea), 3000, 'image/jpeg', 'stored'
      from generate_series({first}::bigint, {last} - 1) n) to stdout
    """,
    """
    copy (select md5('entry' || n), 1, 'filled', 'filled-' || n, 'image', 'Picture ' || n,
      '{{"title": "Picture ' || n || '", "source": "bench"}}', {key}, 3000, 1200, 800, 'image/jpeg',
      n || '.jpg', n, 'http://127.0.0.1/filled/' || n || '.jpg'
      from generate_series({first}::bigint, {last} - 1) n) to stdout
    """,
)
_KEY = "'default/' || substr(md5(n::text), 1, 2) || '/' || md5(n::text) || md5(n || 'x') || '.jpg'"
_INTO = {
    "images": "job_id, position, url, external_id, file_name, media_type, metadata",
    "results": (
        "job_id, position, state, attempts, title, entry_id, asset_key, width, height, mime_type"
    ),
    "blobs": "key, project_id, sha256, size, mime_type, state",
    "entries": (
        "id, project_id, system_name, external_id, media_type, title, metadata, asset_key,"
        " asset_size, width, height, mime_type, file_name, rank, source_url"
    ),
}
_GROWING = "images, results, blobs, entries, jobs"


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds a picture, of processor and by the clock."""

    postgres: float
    worker: float
    clock: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[10_000, 1_000_000],
        help="in each table, ascending (default 10000 1000000; 10000000 takes some 25 GB)",
    )
    parser.add_argument("--images", type=int, default=3000, help="a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument(
        "--place",
        type=Path,
        default=scratch.MEMORY,
        help="folder for database, storage and pictures (default: in memory, %(default)s)",
    )
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder(asked.place) as folder:
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < asked.rows[-1] * _BYTES_A_ROW * 1.5:
        raise measure.CannotRun(f"{free / 1e9:.0f} GB are too few for {asked.rows[-1]:,} rows")
    nginx = origin.require()
    on = machine.look(folder, nginx)
    rounds = asked.rounds * len(asked.rows) + 1
    album = pictures.write(folder / "pictures", asked.images * rounds, _PICTURE_BYTES)
    with (
        origin.serving(nginx, album.folder, folder / "nginx") as address,
        installation.served(installation.Installation(asked.workers), folder) as running,
        running.database() as url,
    ):
        urls = (f"{address}/{name}" for name in album.names)
        batches = iter(lambda: list(itertools.islice(urls, asked.images)), [])
        _cost(running, next(batches), "warm")
        found = {rows: _at(running, url, rows, batches, asked.rounds) for rows in asked.rows}
        sizes = _sizes(url)
    _tell(found, sizes, asked.rows[-1])
    document = {
        "machine": dataclasses.asdict(on),
        "images": asked.images,
        "workers": asked.workers,
        "bytes_a_row": sizes,
        "cost": {
            rows: [dataclasses.asdict(cost) for cost in costs] for rows, costs in found.items()
        },
    }
    print(f"kept in {dated.keep('growth', document)}")


def _at(
    running: installation.Running,
    url: str,
    rows: int,
    batches: Iterator[Sequence[str]],
    rounds: int,
) -> list[Cost]:
    began = time.perf_counter()
    fill(url, rows)
    print(f"{rows:,} rows: filled in {time.perf_counter() - began:.0f} s", flush=True)
    return [_cost(running, next(batches), f"{rows}-{number}") for number in range(rounds)]


def fill(url: str, rows: int) -> None:
    """Up to so many rows in each of the large tables."""
    with (
        psycopg.connect(url, autocommit=True) as reading,
        psycopg.connect(url, autocommit=True) as writing,
    ):
        found = reading.execute(
            "select coalesce(sum(total), 0) from jobs where system_name = 'filled'"
        ).fetchone()
        assert found is not None
        given = {"first": found[0], "last": rows, "job": _ROWS_A_JOB, "key": _KEY}
        jobs, *copies = (statement.format(**given) for statement in _FILL)
        writing.execute(jobs.encode())
        for statement, (table, columns) in zip(copies, _INTO.items(), strict=True):
            with (
                reading.cursor().copy(statement.encode()) as source,
                writing.cursor().copy(f"copy {table} ({columns}) from stdin".encode()) as target,
            ):
                for block in source:
                    target.write(block)
        writing.execute(f"vacuum (analyze) {_GROWING}".encode())
        writing.execute("checkpoint")


def _cost(running: installation.Running, urls: Sequence[str], system: str) -> Cost:
    batch = installation.batch(urls, system)
    running.connection.close()  # idle while the tables were filled, and closed at the other end
    before = _seconds(running)
    began = time.perf_counter()
    status = running.until_finished(running.accept(batch))
    clock = time.perf_counter() - began
    time.sleep(0.5)  # what the last transaction has left to be done
    spent = {name: seconds - before.get(name, 0.0) for name, seconds in _seconds(running).items()}
    if status["overview"]["details"]["success"] != len(urls):
        raise measure.CannotRun(f"not all were imported: {status['overview']}")
    each = 1e6 / len(urls)
    return Cost(spent["postgres"] * each, spent["worker"] * each, clock * each)


def _seconds(running: installation.Running) -> dict[str, float]:
    """Processor time by kind, without what tidies up beside: that is counted by the clock."""
    return {
        name: sum(sum(one.cpu_times()[:2]) for one in found if not _is_aside(one))
        for name, found in running.processes().items()
    }


def _is_aside(process: psutil.Process) -> bool:
    return any("autovacuum" in word for word in process.cmdline())


def _sizes(url: str) -> dict[str, float]:
    """Bytes a row of each table, with its indexes."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "select relname, pg_total_relation_size(oid) / greatest(1, reltuples) from pg_class"
            " where relname in ('images', 'results', 'blobs', 'entries')"
        ).fetchall()
    return {name: round(size) for name, size in rows}


def _tell(found: dict[int, list[Cost]], sizes: dict[str, float], most: int) -> None:
    first: Cost | None = None
    for rows, costs in found.items():
        medians = Cost(
            *(
                statistics.median(getattr(cost, field.name) for cost in costs)
                for field in dataclasses.fields(Cost)
            )
        )
        first = first or medians
        worked = medians.postgres + medians.worker
        times = worked / (first.postgres + first.worker)
        print(
            f"{rows:>12,} rows: PostgreSQL {medians.postgres:6.0f} µs, worker {medians.worker:6.0f}"
            f" µs, clock {medians.clock:6.0f} µs a picture; {times:.2f} times the first"
        )
    told = ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items())
    print(f"bytes a row, indexes included, with {most:,}: {told}")


if __name__ == "__main__":
    main()
