"""Is an import in the way of describing pictures, or that in its way?

The same pictures are imported in turn with nothing to describe, and while workers are at a backlog
of photographs that has waited for so long that it is worked at during the import. That backlog is
begun before the import, and is not done after it: else the round counts for nothing.
"""

import argparse
import dataclasses
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
import pyvips

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch

_PHOTOGRAPHS, _VARIANTS = 64, 10
_SECONDS = 60.0
_LEAVE = "delete from undescribed", "delete from descriptions"
_BACKLOG = (
    "insert into undescribed (keys, created_at) select array_agg(key), now() - interval '1 hour'"
    " from (select key, row_number() over () / 8 as block from blobs"
    "   where mime_type = 'image/jpeg' and size > 400000) photographs group by block"
)
_LEFT = "select count(*) from undescribed"
_DESCRIBED = "select count(*) from descriptions"
Connection = psycopg.Connection[tuple[int]]


class _Round(NamedTuple):
    """Seconds of an import, and pictures that were described meanwhile."""

    seconds: float
    described: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=6000, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="write the figures into results")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        without, with_one = _measured(asked, folder)
    pairs = list(zip(without, with_one, strict=True))
    ratios = [busy.seconds / idle.seconds for idle, busy in pairs]
    for (idle, busy), ratio in zip(pairs, ratios, strict=True):
        print(f"without {idle.seconds:.2f} s, with {busy.seconds:.2f} s, in which "
              f"{busy.described} were described: {ratio:.3f} times as long")  # fmt: skip
    print(f"median {statistics.median(ratios):.3f} times as long")
    if asked.keep:
        figures = {"images": asked.images, "without_seconds": [one.seconds for one in without],
                   "with_seconds": [one.seconds for one in with_one],
                   "described": [one.described for one in with_one]}  # fmt: skip
        look = dataclasses.asdict(machine.look(scratch.MEMORY))
        print(dated.keep("backlog", {"machine": look, **figures}))


def _measured(asked: argparse.Namespace, folder: Path) -> tuple[list[_Round], list[_Round]]:
    album = pictures.write(folder / "pictures", asked.images)
    photographs = _photographs(folder / "pictures")
    rounds: dict[bool, list[_Round]] = {False: [], True: []}
    with (
        origin.serving(origin.require(), album.folder, folder / "nginx") as address,
        installation.served(installation.Installation(2), folder) as running,
        running.database() as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        photos = installation.batch([f"{address}/{name}" for name in photographs], "photographs")
        running.until_finished(running.accept(photos))
        urls = [f"{address}/{name}" for name in album.names]
        running.until_finished(running.accept(installation.batch(urls, "warm")))
        for number in range(2 * asked.rounds):
            busy = number % 4 in {1, 2}  # either comes first as often
            _prepare(connection, busy=busy)
            rounds[busy].append(_import(running, urls, number, connection))
            if busy and not _one(connection, _LEFT):
                raise measure.CannotRun("the backlog was done before the import")
    return rounds[False], rounds[True]


def _prepare(connection: Connection, *, busy: bool) -> None:
    """Nobody describes any more; with a backlog, everybody does again."""
    connection.execute(_LEAVE[0])
    before = -1
    while (now := _one(connection, _DESCRIBED)) != before:  # what was claimed is brought to its end
        before = now
        time.sleep(1)
    connection.execute(_LEAVE[1])
    if busy:
        connection.execute(_BACKLOG)
        until = time.monotonic() + _SECONDS
        while _one(connection, _DESCRIBED) < 16:
            if time.monotonic() > until:
                raise measure.CannotRun(f"nothing was described in {_SECONDS:g} s")
            time.sleep(0.01)


def _one(connection: Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else 0


def _import(
    running: installation.Running, urls: list[str], number: int, connection: Connection
) -> _Round:
    """Each round is another system: new entries, of bytes that are stored from the first on."""
    batch = installation.batch(urls, f"round {number}")
    running.connection.close()  # the server has closed it meanwhile; it is opened anew
    before = _one(connection, _DESCRIBED)
    began = time.perf_counter()
    running.until_finished(running.accept(batch))
    return _Round(time.perf_counter() - began, _one(connection, _DESCRIBED) - before)


def _photographs(folder: Path) -> list[str]:
    """Names of different files: of each photograph some, which differ in a comment."""
    names = []
    for seed in range(_PHOTOGRAPHS):
        data = (folder / photograph(folder, seed)).read_bytes()
        for number in range(_VARIANTS):
            name = f"photograph-{seed}-{number}.jpg"
            (folder / name).write_bytes(data[:2] + b"\xff\xfe\0\x03%d" % number + data[2:])
            names.append(name)
    return names


def photograph(folder: Path, seed: int) -> str:
    """Of 6 megapixels and about a megabyte."""
    base = pyvips.Image.perlin(3000, 2000, cell_size=200, seed=seed) * 100 + 120
    grain = pyvips.Image.gaussnoise(3000, 2000, sigma=8, seed=seed)
    image = (base + grain).bandjoin([base, base * 0.7]).cast("uchar").copy(interpretation="srgb")
    name = f"photograph-{seed}.jpg"
    (folder / name).write_bytes(image.jpegsave_buffer(Q=85))
    return name


if __name__ == "__main__":
    main()
