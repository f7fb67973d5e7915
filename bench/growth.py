"""Does a picture cost more where there are many already? Imports beside filled tables, in turn.

For each number of rows an installation of its own, its tables filled by COPY and vacuumed as they
would be by then. They take turns, so that what else the machine does meets all alike: the first
round begins with a checkpoint, and each goes on from where the last one ended. Counted are the
processor time of PostgreSQL and of the workers, and what went into PostgreSQL's log: records,
images of whole pages (each page once after a checkpoint), and bytes. Small pictures: their work is
that of the tables.
"""

import argparse
import contextlib
import dataclasses
import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import (
    dated,
    filling,
    installation,
    machine,
    measure,
    origin,
    pictures,
    scratch,
    written,
)

_PICTURE_BYTES = 3000
_BYTES_A_ROW = 2200  # of disk, for each picture in the tables, with what is written on the way
_BYTES_A_PICTURE = 20_000  # that is imported: itself, its copy in storage, and its part of the log
_LOG_BYTES = 3e9  # of the log that each installation keeps
_SETTLE_SECONDS = 0.5  # what the last transaction has left to be done


@dataclass(frozen=True, slots=True)
class Cost:
    """A picture's: microseconds of processor and by the clock; what was logged for it.

    ``images`` are of whole pages; ``images_of`` tells them by table and index.
    """

    postgres: float
    worker: float
    clock: float
    records: float
    images: float
    image_bytes: float
    bytes: float
    images_of: dict[str, float]


@dataclass(slots=True)
class Beside:
    """An installation with so many rows in its tables, and what imports cost there."""

    rows: int
    running: installation.Running
    url: str
    bytes_a_row: dict[str, float] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)

    def median(self, what: str) -> float:
        return float(statistics.median(getattr(cost, what) for cost in self.costs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[10_000, 1_000_000],
        help="in each table, multiples of 10000 (default 10000 1000000; 10000000 takes 25 GB)",
    )
    parser.add_argument("--images", type=int, default=3000, help="a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument(
        "--place",
        type=Path,
        default=scratch.MEMORY,
        help="folder for databases, storage and pictures (default: in memory, %(default)s)",
    )
    parser.add_argument(
        "--kept",
        type=Path,
        help="folder of filled installations, which stay there and serve the next run",
    )
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder(asked.place) as folder:
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    _refuse_if_too_large(asked, folder)
    nginx = origin.require()
    on = machine.look(folder, nginx)
    # Other pictures and pairs in each run: what is kept has those of the runs before.
    run = int(time.time()) if asked.kept else 0
    count = asked.images * (asked.rounds + 1)
    album = pictures.write(folder / "pictures", count, _PICTURE_BYTES, run * 1000)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(origin.serving(nginx, album.folder, folder / "nginx"))
        urls = [f"{address}/{name}" for name in album.names]
        batches = [urls[at : at + asked.images] for at in range(0, len(urls), asked.images)]
        sizes = [_filled(stack, asked, folder, rows) for rows in asked.rows]
        for beside in sizes:
            _cost(beside, batches[0], f"warm-{run}")
        for beside in sizes:
            _execute(beside, "checkpoint")
        for number, batch in enumerate(batches[1:]):
            for beside in sizes:
                beside.costs.append(_cost(beside, batch, f"round-{run}-{number}"))
        for beside in sizes:
            _tell(beside, sizes[0])
    _keep(asked, on, sizes)


def _refuse_if_too_large(asked: argparse.Namespace, folder: Path) -> None:
    imported = asked.images * (asked.rounds + 1) * len(asked.rows)
    log = min(_LOG_BYTES, max(asked.rows) * _BYTES_A_ROW) * len(asked.rows)
    kept = asked.kept or folder
    kept.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(kept).free
    filled = sum(rows for rows in asked.rows if not (kept / f"{rows}").exists())
    wanted = filled * _BYTES_A_ROW + imported * _BYTES_A_PICTURE + log
    if free < wanted:
        raise measure.CannotRun(f"{free / 1e9:.0f} GB are free, {wanted / 1e9:.0f} are needed")


def _filled(
    stack: contextlib.ExitStack, asked: argparse.Namespace, folder: Path, rows: int
) -> Beside:
    place = filling.place(asked.kept or folder, rows)
    running = stack.enter_context(
        installation.served(installation.Installation(asked.workers), place)
    )
    beside = Beside(rows, running, stack.enter_context(running.database()))
    began = time.perf_counter()
    filling.fill(beside.url, rows)
    beside.bytes_a_row = _sizes(beside)
    print(f"{rows:,} rows: filled in {time.perf_counter() - began:.0f} s", flush=True)
    return beside


def _execute(beside: Beside, statement: str) -> None:
    with psycopg.connect(beside.url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _cost(beside: Beside, urls: Sequence[str], system: str) -> Cost:
    running, batch = beside.running, installation.batch(urls, system)
    running.connection.close()  # idle while others had their turn, and closed at the other end
    with psycopg.connect(beside.url, autocommit=True) as connection:
        begin, before = written.here(connection), _seconds(running)
        began = time.perf_counter()
        status = running.until_finished(running.accept(batch))
        clock = time.perf_counter() - began
        time.sleep(_SETTLE_SECONDS)
        after, end = _seconds(running), written.here(connection)
        logged = written.between(connection, running.data / "postgres", begin, end)
    if status["overview"]["details"]["success"] != len(urls):
        raise measure.CannotRun(f"not all were imported: {status['overview']}")
    spent: dict[str, float] = defaultdict(float)
    for (kind, process), seconds in after.items():
        spent[kind] += seconds - before.get((kind, process), 0.0)
    each = 1 / len(urls)
    return Cost(
        postgres=spent["postgres"] * each * 1e6,
        worker=spent["worker"] * each * 1e6,
        clock=clock * each * 1e6,
        records=logged.records * each,
        images=logged.images * each,
        image_bytes=logged.image_bytes * each,
        bytes=logged.bytes * each,
        images_of={
            name: count * each
            for name, count in sorted(logged.images_of.items(), key=lambda one: -one[1])
        },
    )


def _seconds(running: installation.Running) -> dict[tuple[str, int], float]:
    """Processor time by kind and process, without what tidies up: the clock counts that."""
    found = {}
    for name, processes in running.processes().items():
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                if not _is_aside(one):
                    found[name, one.pid] = _run_seconds(one.pid)
    return found


def _run_seconds(process: int) -> float:
    """Of all its threads; to the nanosecond, where times(2) counts in hundredths (proc(5))."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def _is_aside(process: psutil.Process) -> bool:
    return any("autovacuum" in word for word in process.cmdline())


def _sizes(beside: Beside) -> dict[str, float]:
    """Bytes a row of each table, with its indexes."""
    with psycopg.connect(beside.url, autocommit=True) as connection:
        rows = connection.execute(
            "select relname, pg_total_relation_size(oid) / greatest(1, reltuples) from pg_class"
            " where relname in ('images', 'results', 'blobs', 'entries')"
        ).fetchall()
    return {name: round(size) for name, size in rows}


def _tell(beside: Beside, first: Beside) -> None:
    both = [
        (one.postgres + one.worker) / (other.postgres + other.worker)
        for one, other in zip(beside.costs, first.costs, strict=True)
    ]
    print(
        f"{beside.rows:>12,} rows: PostgreSQL {beside.median('postgres'):6.0f} µs, worker"
        f" {beside.median('worker'):6.0f} µs, clock {beside.median('clock'):6.0f} µs a picture;"
        f" {statistics.median(both):.2f} times the first ({min(both):.2f} to {max(both):.2f})"
    )
    for number, cost in enumerate(beside.costs, 1):
        most = ", ".join(f"{name} {count:.2f}" for name, count in [*cost.images_of.items()][:4])
        print(
            f"{number:>14}: PostgreSQL {cost.postgres:6.0f} µs, worker {cost.worker:6.0f} µs,"
            f" {cost.records:.1f} records, {cost.images:.2f} images of pages"
            f" ({cost.image_bytes:,.0f} of {cost.bytes:,.0f} bytes): {most}"
        )


def _keep(asked: argparse.Namespace, on: machine.Machine, sizes: Sequence[Beside]) -> None:
    document = {
        "machine": dataclasses.asdict(on),
        "images": asked.images,
        "workers": asked.workers,
        "bytes_a_row": {beside.rows: beside.bytes_a_row for beside in sizes},
        "cost": {
            beside.rows: [dataclasses.asdict(one) for one in beside.costs] for beside in sizes
        },
    }
    print(f"kept in {dated.keep('growth', document)}")


if __name__ == "__main__":
    main()
