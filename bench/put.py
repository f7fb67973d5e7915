"""What does one put into a bucket cost, of us and of the bucket's server?

Pictures as of the import, a part of 32 at a time, by one process into ``rclone serve s3``. In turn
with the body signed, as over plain HTTP, and not, as over TLS or on one machine, which is so here:
127.0.0.2 counts as another. Processor time is counted, which is steadier than the clock.
"""

import argparse
import hashlib
import os
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import bucket, dated, machine, measure, pictures, scratch
from wirephoto import errors, model
from wirephoto.pipeline.storage import store

_PART = 32
_WAYS = {"signed": "127.0.0.2", "not signed": "127.0.0.1"}
Item = tuple[str, model.Body, str]


@dataclass(frozen=True, slots=True)
class Spent:
    """Microseconds of processor for one put; ``loop`` is the part of ours that is on the loop."""

    ours: float
    loop: float
    server: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000, help="puts (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default %(default)s)")
    asked = parser.parse_args()
    rounds: dict[str, list[Spent]] = {way: [] for way in _WAYS}
    with measure.or_ended():
        on = asdict(machine.look(scratch.MEMORY))
        items = [_item(number) for number in range(asked.images)]
        for _ in range(asked.rounds):
            for way, address in _WAYS.items():
                rounds[way].append(_round(address, items))
                print(way, rounds[way][-1], flush=True)
    for part in ("ours", "loop", "server"):
        before, after = ([getattr(one, part) for one in rounds[way]] for way in _WAYS)
        ratio = statistics.median(new / old for old, new in zip(before, after, strict=True))
        print(
            f"{part:6} {statistics.median(before):5.0f} µs a put signed,"
            f" {statistics.median(after):5.0f} not: {ratio:.2f} in the median of pairs"
        )
    spent = {way: [asdict(one) for one in each] for way, each in rounds.items()}
    print(f"kept in {dated.keep('put', {'images': asked.images, 'spent': spent, 'machine': on})}")


def _item(number: int) -> Item:
    data = pictures.jpeg(number)
    digest = hashlib.sha256(data)
    key = f"default/{number % 256:02x}/{digest.hexdigest()}.jpg"
    return key, model.Body(digest.digest(), len(data), data=data), "image/jpeg"


def _round(address: str, items: Sequence[Item]) -> Spent:
    with scratch.folder() as folder, bucket.served(folder / "s3", address) as there:
        os.environ.update(there.settings)
        opened = store.open_store(there.settings["WIREPHOTO_STORAGE_URL"], folder)
        before = (_own(), time.thread_time(), _of(there.process))
        uvloop.run(_put(opened, items))
        after = (_own(), time.thread_time(), _of(there.process))
    return Spent(*((b - a) * 1e6 / len(items) for a, b in zip(before, after, strict=True)))


async def _put(opened: store.Store, items: Sequence[Item]) -> None:
    for begin in range(0, len(items), _PART):
        outcomes: list[errors.StorageFailed | None] = await opened.put_all(
            items[begin : begin + _PART]
        )
        if any(outcomes):
            raise measure.CannotRun(f"not stored: {outcomes}")
    await opened.close()


def _own() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _of(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


if __name__ == "__main__":
    main()
