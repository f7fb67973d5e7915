"""Does any process grow with what it has done? Memory of each after 2,000, 30,000 and 300,000.

Small pictures for all of them, so that it ends in minutes: what is held for a picture does not
depend on its size, but for what is on its way. Many URLs lead to few pictures.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, memory_of, origin, pictures, scratch

_PICTURES = 2000
_PICTURE_BYTES = 3000
_BATCH = 10_000
_GOAL_BYTES = 150_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes of the largest process of each kind; ``shared``: with memory that all of them share."""

    api: int
    worker: int
    postgres: int
    postgres_shared: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pictures",
        type=int,
        nargs="+",
        default=[2000, 30_000, 300_000],
        help="after which to look, ascending (default 2000 30000 300000)",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    nginx = origin.require()
    on = machine.look(folder, nginx)
    album = pictures.write(folder / "pictures", _PICTURES, _PICTURE_BYTES)
    found: dict[int, Held] = {}
    with (
        origin.serving(nginx, album.folder, folder / "nginx") as address,
        installation.served(installation.Installation(asked.workers), folder) as running,
    ):
        _tell(0, idle := _held(running))
        done = 0
        for count in asked.pictures:
            while done < count:
                batch = min(_BATCH, count - done)
                _bring(running, address, album.names, done, batch)
                done += batch
            found[count] = _held(running)
            _tell(count, found[count])
    document = {
        "machine": dataclasses.asdict(on),
        "workers": asked.workers,
        "picture_bytes": _PICTURE_BYTES,
        "idle": dataclasses.asdict(idle),
        "held": {count: dataclasses.asdict(held) for count, held in found.items()},
    }
    print(f"kept in {dated.keep('memory', document)}; the goal is {_GOAL_BYTES / 1e6:.0f} MB each")


def _bring(
    running: installation.Running, address: str, names: Sequence[str], first: int, count: int
) -> None:
    """One batch; each of its URLs is asked for once."""
    urls = [f"{address}/{names[n % len(names)]}?n={n}" for n in range(first, first + count)]
    status = running.until_finished(running.accept(installation.batch(urls, f"from-{first}")))
    if status["overview"]["details"]["success"] != count:
        raise measure.CannotRun(f"not all were imported: {status['overview']}")


def _held(running: installation.Running) -> Held:
    found = running.processes()
    return Held(
        api=max(map(memory_of.whole, found["api"])),
        worker=max(map(memory_of.whole, found.get("worker", found["api"]))),
        postgres=max(map(memory_of.resident, found["postgres"])),
        postgres_shared=max(map(memory_of.whole, found["postgres"])),
    )


def _tell(count: int, held: Held) -> None:
    print(
        f"{count:>8,} pictures: API {held.api / 1e6:4.0f} MB, worker {held.worker / 1e6:4.0f} MB,"
        f" PostgreSQL {held.postgres / 1e6:3.0f} MB a process,"
        f" {held.postgres_shared / 1e6:.0f} MB with what they share",
        flush=True,
    )


if __name__ == "__main__":
    main()
