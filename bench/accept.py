"""What does a batch of 100,000 images cost to accept, to watch, and to read when it is done?

Against ``json.loads`` of the same body; memory of the API's process above what it holds idle.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, memory_of, origin, pictures, scratch

_LOOK_SECONDS = 0.1
_PICTURES = 100  # on the origin; each is asked for under many URLs
_PICTURE_BYTES = 3000


@dataclass(frozen=True, slots=True)
class Accepted:
    """Of one POST; bytes are above what the idle process held.

    Processor time counts the API's process and PostgreSQL, which work side by side where they may.
    """

    json_loads_seconds: float
    json_loads_processor_seconds: float
    post_seconds: float
    post_processor_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Seconds that the answers of a running job's status took."""

    polls: int
    median_seconds: float
    percentile_99_seconds: float
    slowest_seconds: float


@dataclass(frozen=True, slots=True)
class ReadOut:
    """The finished status, with all rows; bytes are above what the process held before."""

    bytes: int
    seconds: float
    first_byte_seconds: float
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="POSTs (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    nginx = origin.require()
    on = machine.look(folder, nginx)
    album = pictures.write(folder / "pictures", _PICTURES, _PICTURE_BYTES)
    with origin.serving(nginx, album.folder, folder / "nginx") as address:
        body = _body(address, album.names, asked.images)
        accepted = [_accept(body, folder / f"accept-{n}") for n in range(asked.rounds)]
        watched, read_out = _import(body, asked, folder / "import")
    _tell(body, accepted, watched, read_out)
    document = {
        "machine": dataclasses.asdict(on),
        "images": asked.images,
        "bytes": len(body),
        "workers": asked.workers,
        "accepted": [dataclasses.asdict(one) for one in accepted],
        "watched": dataclasses.asdict(watched),
        "read_out": dataclasses.asdict(read_out),
    }
    print(f"kept in {dated.keep('accept', document)}")


def _body(address: str, names: Sequence[str], images: int) -> bytes:
    urls = [f"{address}/{names[n % len(names)]}?number={n}" for n in range(images)]
    return installation.batch(urls)


def _accept(body: bytes, folder: Path) -> Accepted:
    """The first large batch of a fresh process, and nobody at work on it."""
    folder.mkdir(mode=0o711)
    with installation.served(installation.Installation(0), folder) as running:
        running.accept(installation.batch(["http://127.0.0.1/one.jpg"]))
        before = memory_of.whole(running.process)
        memory_of.mark(running.process)
        spent, began = installation.processor_seconds(running), time.perf_counter()
        running.accept(body)
        seconds = time.perf_counter() - began
        spent = installation.processor_seconds(running) - spent
        peak = memory_of.peak(running.process) - before
    return Accepted(*_json_loads(body), seconds, spent, peak)


def _json_loads(body: bytes) -> tuple[float, float]:
    """By the clock, and of processor."""
    began, spent = time.perf_counter(), time.thread_time()
    json.loads(body)
    return time.perf_counter() - began, time.thread_time() - spent


def _import(body: bytes, asked: argparse.Namespace, folder: Path) -> tuple[Watched, ReadOut]:
    folder.mkdir(mode=0o711)
    how = installation.Installation(asked.workers)
    with installation.served(how, folder) as running:
        job = running.accept(body)
        watched = _watch(running, job)
        return watched, _read_out(running, job, asked.images)


def _watch(running: installation.Running, job: str) -> Watched:
    took = []
    while True:
        began = time.perf_counter()
        finished = running.status(job)["finished"]
        if finished:
            break
        took.append(time.perf_counter() - began)
        time.sleep(_LOOK_SECONDS)
    took.sort()
    last = took[min(len(took) - 1, len(took) * 99 // 100)]
    return Watched(len(took), statistics.median(took), last, took[-1])


def _read_out(running: installation.Running, job: str, images: int) -> ReadOut:
    """Parts are thrown away as they come, but for the rows' states, which are counted."""
    before, size, rows, first, rest = memory_of.whole(running.process), 0, 0, 0.0, b""
    memory_of.mark(running.process)
    began = time.perf_counter()
    with running.asked("GET", f"/api/v1/import/images/status?id={job}") as answer:
        while part := answer.read1(1 << 16):
            first = first or time.perf_counter() - began
            size += len(part)
            rows += (rest + part).count(b'"externalId"') - rest.count(b'"externalId"')
            rest = part[-len(b'"externalId"') + 1 :]
    seconds = time.perf_counter() - began
    if answer.status != 200 or rows != images:
        raise measure.CannotRun(f"{rows} rows of {images} came, status {answer.status}")
    return ReadOut(size, seconds, first, memory_of.peak(running.process) - before)


def _tell(body: bytes, accepted: Sequence[Accepted], watched: Watched, read_out: ReadOut) -> None:
    loads = statistics.median(one.json_loads_seconds for one in accepted)
    post = statistics.median(one.post_seconds for one in accepted)
    times = statistics.median(one.post_seconds / one.json_loads_seconds for one in accepted)
    print(f"body                 {len(body) / 1e6:8.1f} MB")
    work = statistics.median(
        one.post_processor_seconds / one.json_loads_processor_seconds for one in accepted
    )
    print(f"json.loads           {loads:8.2f} s")
    print(
        f"POST                 {post:8.2f} s   {times:.1f} times json.loads, {work:.1f} times its"
        " processor time; the goal is 4"
    )
    most = max(one.peak_bytes for one in accepted)
    print(f"memory above idle    {most / 1e6:8.0f} MB  the goal is 300")
    print(
        f"status while running {watched.median_seconds * 1e3:8.1f} ms in the median, 99 % within "
        f"{watched.percentile_99_seconds * 1e3:.1f}, slowest {watched.slowest_seconds * 1e3:.1f}"
        f" of {watched.polls}; the goal is 50"
    )
    print(
        f"finished status      {read_out.seconds:8.2f} s   {read_out.bytes / 1e6:.1f} MB, first"
        f" byte after {read_out.first_byte_seconds * 1e3:.0f} ms,"
        f" {read_out.peak_bytes / 1e6:.0f} MB of memory above before"
    )


if __name__ == "__main__":
    main()
