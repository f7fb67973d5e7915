"""How long does a library of a million take to say which pictures look alike?

Entries and hashes are written into the database as the describer leaves them. Bits are by chance,
but a quarter of the pictures is plain above or below, which are the same four bits of each part of
the hash. Each question is asked over HTTP, about another entry; every second has one near to it.
"""

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, scratch

_DISTANCES = (3, 7, 10, 12)
_FILLED: tuple[LiteralString, ...] = (
    "select setseed(0.5)",
    """create temporary table made as
    select n, 'default/00/' || n as key, (
      (random() * 4294967295)::bigint << 32 | (random() * 4294967295)::bigint
    ) & case n %% 8 when 0 then ~4222189076152335 when 4 then ~67555025218437360 else -1 end as hash
    from generate_series(1, %(entries)s) as n""",
    "create index on made (n)",
    # One in a hundred is a picture that is there in another size: three bits apart.
    """update made set hash = near.hash # 4196353::bigint from made as near
    where made.n % 100 = 7 and near.n = made.n - 1""",
    """insert into blobs (key, project_id, sha256, size, mime_type, state)
    select key, 1, sha256(key::bytea), 100000, 'image/jpeg', 'stored' from made""",
    """insert into descriptions (key, project_id, blurhash, dominant_color, difference_hash)
    select key, 1, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', '#8ea3b5', hash from made""",
    """insert into entries (id, project_id, system_name, external_id, media_type, title, metadata,
      asset_key, asset_size, width, height, mime_type, file_name)
    select 'e' || right(key, -11), 1, 'bench', key, 'image', key, '{}', key, 100000, 1600, 1067,
      'image/jpeg', key from made""",
)
_SETTLED: tuple[LiteralString, ...] = (
    "vacuum analyze blobs",
    "vacuum analyze descriptions",
    "vacuum analyze entries",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="(default %(default)s)")
    parser.add_argument("--questions", type=int, default=100, help="a distance (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="write the figures into results")
    asked = parser.parse_args()
    with (
        measure.or_ended(),
        scratch.folder() as folder,
        installation.served(installation.Installation(0), folder) as running,
    ):
        _fill(running, asked.entries)
        figures = {str(d): _asked(running, asked, d) for d in _DISTANCES}
    for distance, found in figures.items():
        print(
            f"distance {distance:>2}: median {found['median_ms']:6.1f} ms, 99 %% "
            f"{found['p99_ms']:6.1f} ms, {found['results']:.1f} results".replace("%%", "%")
        )
    if asked.keep:
        document = {
            "machine": dataclasses.asdict(machine.look(scratch.MEMORY)),
            "entries": asked.entries,
            "distances": figures,
        }
        print(dated.keep("similar", document))


def _fill(running: installation.Running, entries: int) -> None:
    with (
        running.database() as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        with connection.transaction():
            for statement in _FILLED:
                given = {"entries": entries} if "%(entries)s" in statement else None
                connection.execute(statement, given)
        for statement in _SETTLED:
            connection.execute(statement)


def _asked(
    running: installation.Running, asked: argparse.Namespace, distance: int
) -> dict[str, float]:
    seconds, results = [], 0
    for entry in _some(asked.entries, asked.questions):
        began = time.perf_counter()
        path = f"/api/v1/mediaLibrary/e{entry}/similar?distance={distance}"
        results += len(running.ask("GET", path)["results"])
        seconds.append(time.perf_counter() - began)
    return {
        "median_ms": statistics.median(seconds) * 1e3,
        "p99_ms": sorted(seconds)[int(len(seconds) * 0.99)] * 1e3,
        "results": results / asked.questions,
    }


def _some(entries: int, count: int) -> Iterator[int]:
    """Entries from everywhere; every second has one near to it."""
    step = entries // count
    for place in range(count):
        number = 1 + place * step
        yield number - number % 100 + 7 if place % 2 else number


if __name__ == "__main__":
    main()
