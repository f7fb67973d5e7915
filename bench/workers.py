"""Do twice the workers bring twice the pictures? Each has a fixed share of one core.

The origin answers after 50 ms: one worker alone waits for it most of the time. All workers, their
origin, PostgreSQL and the API share this machine: it is full when the shares and what those need
are all there is.
"""

import argparse
import dataclasses
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, scratch, share, slow_origin


@dataclass(frozen=True, slots=True)
class Pace:
    """``busy``: cores in use by all of wirephoto, PostgreSQL included."""

    workers: int
    images_a_second: float
    busy: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--share", type=float, default=0.1, help="of a core (default %(default)s)")
    parser.add_argument("--latency", type=float, default=50, help="ms (default %(default)s)")
    parser.add_argument(
        "--images", type=int, default=800, help="for each worker (default %(default)s)"
    )
    parser.add_argument(
        "--host-connections",
        type=int,
        default=512,
        help="WIREPHOTO_HOST_CONNECTIONS (default %(default)s: there is one origin only)",
    )
    asked = parser.parse_args()
    try:
        on = machine.look(scratch.MEMORY)
        with slow_origin.serving(asked.latency) as address:
            paces = [_pace(asked, address, workers) for workers in asked.workers]
    except measure.CannotRun as why:
        sys.exit(f"bench: {why}")
    document = {
        "machine": dataclasses.asdict(on),
        "way": share.way(),
        **{name: value for name, value in vars(asked).items() if name != "workers"},
        "paces": [dataclasses.asdict(pace) for pace in paces],
    }
    print(f"kept in {dated.keep('workers', document)}")


def _pace(asked: argparse.Namespace, address: str, workers: int) -> Pace:
    how = installation.Installation(workers, asked.host_connections)
    with scratch.folder() as folder, installation.served(how, folder) as running:
        processes = running.processes()["worker"]
        with share.limited(processes, asked.share):
            _import(running, address, 20 * workers, "warm")
            began, before = time.perf_counter(), installation.processor_seconds(running)
            count = asked.images * workers
            _import(running, address, count, "bench")
            seconds = time.perf_counter() - began
            busy = (installation.processor_seconds(running) - before) / seconds
    pace = Pace(workers, count / seconds, busy)
    print(
        f"{workers:3} workers of {asked.share:g} cores: {pace.images_a_second:6.0f} images/s,"
        f" {pace.images_a_second / workers:5.0f} each; {busy:.2f} of {os.cpu_count()} cores busy",
        flush=True,
    )
    return pace


def _import(running: installation.Running, address: str, count: int, system: str) -> None:
    urls = [f"{address}/{system}/{number}" for number in range(count)]
    status = running.until_finished(running.accept(installation.batch(urls, system)))
    if status["overview"]["details"]["success"] != count:
        raise measure.CannotRun(f"not all were imported: {status['overview']}")


if __name__ == "__main__":
    main()
