"""How long do three pictures take while a large job runs, on its origin and on another?

The goal is twice what they take on an idle server. Small jobs are posted one after the other: some
before the large one, then on both origins in turns for as long as it runs.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch

_PICTURES = 2_000  # on disk; what is asked for differs by the query
_SMALL = 3
_BUSY_SECONDS = 1.0  # from the POST of the large job to the first small one


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000, help="of the large job (%(default)s)")
    parser.add_argument("--alone", type=int, default=10, help="small jobs alone (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        seconds = _measure(asked, folder)
        _tell(asked, seconds, asdict(machine.look(folder, origin.require())))


def _measure(asked: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Seconds of each small job: ``alone``, and beside the large one by where they were."""
    album = pictures.write(folder / "pictures", min(asked.images, _PICTURES))
    nginx = origin.require()
    how = installation.Installation(asked.workers)
    with (
        origin.serving(nginx, album.folder, folder / "one") as one,
        origin.serving(nginx, album.folder, folder / "other") as other,
        installation.served(how, folder) as running,
    ):
        small = _small_jobs(album.names)
        _small(running, one, next(small))  # the first pays for what is cold
        alone = [_small(running, one, next(small)) for _ in range(asked.alone)]
        urls = [f"{one}/{album.names[n % len(album.names)]}?large={n}" for n in range(asked.images)]
        job = running.accept(installation.batch(urls, "large"))
        time.sleep(_BUSY_SECONDS)
        beside: dict[str, list[float]] = {"same origin": [], "another origin": []}
        while True:
            for (where, address), names in zip(
                (("same origin", one), ("another origin", other)), small, strict=False
            ):
                seconds = _small(running, address, names)
                if running.status(job)["finished"]:
                    return {"alone": alone, **beside}
                beside[where].append(seconds)


def _small_jobs(names: Sequence[str]) -> Iterator[list[str]]:
    """Three names at a time, without end; no address comes twice."""
    number = 0
    while True:
        yield [f"{names[(number + n) % len(names)]}?small={number + n}" for n in range(_SMALL)]
        number += _SMALL


def _small(running: installation.Running, address: str, names: Sequence[str]) -> float:
    """Seconds from the POST to the status that says finished."""
    body = installation.batch([f"{address}/{name}" for name in names], names[0])
    began = time.perf_counter()
    status = running.until_finished(running.accept(body))
    seconds = time.perf_counter() - began
    if status["overview"]["details"]["success"] != len(names):
        raise measure.CannotRun(f"a small job did not succeed: {status}")
    return seconds


def _tell(
    asked: argparse.Namespace, seconds: dict[str, list[float]], where: dict[str, object]
) -> None:
    if not all(seconds.values()):
        raise measure.CannotRun("the large job was over before both origins were tried: --images")
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    found = {
        name: {
            "jobs": len(each),
            "median_seconds": round(medians[name], 3),
            "slowest_seconds": round(max(each), 3),
            "times_alone": round(medians[name] / medians["alone"], 2),
        }
        for name, each in seconds.items()
    }
    for name, one in found.items():
        print(
            f"{name:16} {one['median_seconds']:.3f} s in the median of {one['jobs']}, "
            f"{one['slowest_seconds']:.3f} s at most, {one['times_alone']:.2f} times alone"
        )
    path = dated.keep(
        "among",
        {"images": asked.images, "workers": asked.workers, "found": found, "machine": where},
    )
    print(f"kept in {path}")


if __name__ == "__main__":
    main()
