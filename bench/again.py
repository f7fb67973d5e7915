"""What does an archive cost that is imported again, of which nothing changed?

A first import, the same with the same checksums, which asks the origin for nothing, and the same
without, which the origin answers by 304 throughout. By the clock, and in processor time of all
processes but the origin, which is steadier.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import installation, measure, origin, pictures, scratch

_GOALS = {"first import": 1.0, "same checksums": 10.0, "304 throughout": 2.0}


@dataclass(frozen=True, slots=True)
class Import:
    """Of all pictures: seconds from the POST to the end, of them on processors, and requests."""

    seconds: float
    processor_seconds: float
    requests: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        _show(_rounds(asked, folder), asked.images)


def _rounds(asked: argparse.Namespace, folder: Path) -> list[dict[str, Import]]:
    album = pictures.write(folder / "pictures", asked.images)
    log = folder / "requests.log"
    with origin.serving(origin.require(), album.folder, folder / "nginx", log=log) as address:
        urls = [f"{address}/{name}" for name in album.names]
        how = installation.Installation(asked.workers)
        found = []
        for number in range(asked.rounds):
            own = folder / f"round-{number}"
            own.mkdir(mode=0o711)
            with installation.served(how, own) as running:
                found.append(_round(running, urls, log))
            shutil.rmtree(own)
        return found


def _round(running: installation.Running, urls: Sequence[str], log: Path) -> dict[str, Import]:
    count = len(urls)
    bare, versioned = _batch(urls, versioned=False), _batch(urls, versioned=True)
    return {
        "first import": _import(running, versioned, log, state="success", requests=count),
        "same checksums": _import(running, versioned, log, state="skipped", requests=0),
        "304 throughout": _import(running, bare, log, state="skipped", requests=count),
    }


def _batch(urls: Sequence[str], *, versioned: bool) -> bytes:
    document = json.loads(installation.batch(urls))
    if versioned:
        for number, image in enumerate(document["images"]):
            image["checksum"] = f"2026-11-24T09:12:00Z/{number}"
    return json.dumps(document).encode()


def _import(
    running: installation.Running, batch: bytes, log: Path, *, state: str, requests: int
) -> Import:
    before = len(log.read_bytes().splitlines())
    spent, began = installation.processor_seconds(running), time.perf_counter()
    status = running.until_finished(running.accept(batch))
    seconds = time.perf_counter() - began
    processor_seconds = installation.processor_seconds(running) - spent
    seen = len(log.read_bytes().splitlines()) - before
    overview = status["overview"]
    if overview["details"][state] != overview["total"] or seen != requests:
        raise measure.CannotRun(f"{seen} requests for {requests}, and not all {state}: {overview}")
    return Import(seconds, processor_seconds, seen)


def _show(rounds: Sequence[dict[str, Import]], images: int) -> None:
    print(f"{images:,} pictures, {len(rounds)} rounds, medians; times are of one picture")
    for name, goal in _GOALS.items():
        each = [one[name] for one in rounds]
        clock, processor = (
            statistics.median(values) * 1e6 / images
            for values in (
                [one.seconds for one in each],
                [one.processor_seconds for one in each],
            )
        )
        faster, less = (
            statistics.median(values)
            for values in (
                [one["first import"].seconds / one[name].seconds for one in rounds],
                [_work(one["first import"]) / _work(one[name]) for one in rounds],
            )
        )
        print(
            f"{name:16} {clock:7.0f} µs by the clock, {processor:7.0f} µs of processor, "
            f"{each[0].requests:6} requests: {faster:5.1f} times as fast (goal {goal:g}), "
            f"{less:5.1f} by processor"
        )


def _work(one: Import) -> float:
    return one.processor_seconds


if __name__ == "__main__":
    main()
