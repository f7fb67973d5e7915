"""What does each statement of an import cost PostgreSQL, beside filled tables?

The statements of new pictures, as a worker sends them, 32 at a time, on one connection. Processor
time is that of its server process; the log is read afterwards. With `--turn SQL`, given several
times, each round runs once after each: settings and tables can be compared in turn.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import secrets
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, filling, installation, machine, measure, scratch, written
from wirephoto import model
from wirephoto.db import blobs, chunks, entries, parts, pool
from wirephoto.pipeline import catalogue

_PART = 32
_JOB = """
    insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total)
    select %(name)s, id, (select min(id) from project_snapshots), 1, %(name)s, 'started', %(total)s
    from projects where handle = 'default' returning id, project_id
    """
_CHUNK = "insert into chunks (job_id, number, positions) values (%(job)s, 0, '{}') returning id"


@dataclass(slots=True)
class Spent:
    """Microseconds of the server by step; what was logged. ``after``: what was said before."""

    after: str
    pages: str
    images: int
    steps: dict[str, float] = field(default_factory=dict)
    logged: written.Written = field(default_factory=written.Written)

    def all(self) -> float:
        return sum(self.steps.values()) / self.images

    @contextlib.contextmanager
    def step(self, name: str, server: int) -> Iterator[None]:
        before = _nanoseconds(server)
        yield
        spent = (_nanoseconds(server) - before) / 1000
        self.steps[name] = self.steps.get(name, 0.0) + spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=400_000, help="in each table (default %(default)s)"
    )
    parser.add_argument("--images", type=int, default=3200, help="a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default %(default)s)")
    parser.add_argument("--turn", action="append", default=[], help="SQL before a round, in turn")
    parser.add_argument("--kept", type=Path, help="folder of filled tables that stay, or will")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        place = filling.place(asked.kept or folder, asked.rows)
        with (
            installation.served(installation.Installation(0), place) as running,
            running.database() as url,
        ):
            filling.fill(url, asked.rows)
            found = asyncio.run(_measure(asked, url, running.data / "postgres"))
    _tell(found)
    kept = [dataclasses.asdict(one) | {"microseconds": round(one.all(), 1)} for one in found]
    document = {"machine": dataclasses.asdict(machine.look(scratch.MEMORY))}
    print(f"kept in {dated.keep('by-statement', document | {'rows': asked.rows, 'found': kept})}")


async def _measure(asked: argparse.Namespace, url: str, cluster: Path) -> list[Spent]:
    found = []
    async with pool.opened(url, most=1, application="bench", by_key=True) as database:
        await _import(database, url, cluster, Spent("", "warm", asked.images))
        for _ in range(asked.rounds):
            for said in asked.turn or [""]:
                await _say(url, said)
                for pages in ("after a checkpoint", "next"):
                    spent = Spent(said, pages, asked.images)
                    await _import(database, url, cluster, spent)
                    found.append(spent)
                    _tell([spent])
    return found


async def _say(url: str, said: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        if said:
            await connection.execute(said.encode())
        await connection.execute("select pg_reload_conf()")
        await asyncio.sleep(0.5)  # until all server processes have read it
        await connection.execute("checkpoint")


async def _import(database: pool.Pool, url: str, cluster: Path, spent: Spent) -> None:
    with psycopg.connect(url, autocommit=True) as beside:
        begin = written.here(beside)
        async with database.connection() as connection:
            chunk, job = await _chunk(connection, spent.images)
            for first in range(0, spent.images, _PART):
                await _part(connection, chunk, job, range(first, first + _PART), spent)
        spent.logged = written.between(beside, cluster, begin, written.here(beside))


async def _chunk(connection: pool.Connection, total: int) -> tuple[chunks.Chunk, chunks.Job]:
    """A job, and one chunk of it that all parts are of."""
    name = f"bench-{secrets.token_hex(6)}"
    row = await (await connection.execute(_JOB.encode(), {"name": name, "total": total})).fetchone()
    assert row is not None
    job = chunks.Job(
        row["id"], 1, name, "started", 0, row["project_id"], "changed", False, "default", b""
    )
    row = await (await connection.execute(_CHUNK.encode(), {"job": job.id})).fetchone()
    assert row is not None
    return chunks.Chunk(row["id"], job.id, name, None, 0, [], 0, 0, None), job


async def _part(
    connection: pool.Connection,
    chunk: chunks.Chunk,
    job: chunks.Job,
    positions: Sequence[int],
    spent: Spent,
) -> None:
    server = connection.info.backend_pid
    arrivals = [_arrival(position) for position in positions]
    wanted = [_blob(arrival) for arrival in arrivals]
    with spent.step("reserve", server):
        reserved = await blobs.reserve(connection, job.project_id, wanted)
    pairs = entries.Pairs(job.project_id, job.system_name, job.rank, job.id)
    found = catalogue.unseen(pairs, "changed", arrivals)
    keys = sorted(one.key for one in wanted)
    ids = [str(row.entry_id) for row in found.rows]
    part = parts.Part(
        found.rows, found.new, held=keys, put=keys, reserved_at=reserved.at, written=ids
    )
    with spent.step("settle", server):
        answer = await parts.settle(connection, chunk, job, part)
    assert answer.written


def _arrival(position: int) -> catalogue.Arrival:
    """A new picture, of a key that nobody has met."""
    digest = secrets.token_hex(32)
    key = f"default/{digest[:2]}/{digest}.jpg"
    picture = model.Picture(kind=model.Kind.JPEG, width=1200, height=800)
    name = f"{position:06}.jpg"
    return catalogue.Arrival(
        position=position,
        external_id=f"picture-{position}",
        file_name=name,
        media_type="image",
        title=f"Picture {position}",
        metadata={"title": f"Picture {position}", "source": "bench"},
        filled={},
        left_out=(),
        asset=catalogue.Asset(key, 3000, picture),
        known_key=None,
        source_url=f"http://127.0.0.1/{name}",
        validators=model.Validators('"6565-bb8"', "Mon, 30 Nov 2026 12:00:00 GMT"),
        version=catalogue.Version(sha256=digest),
        attempts=1,
    )


def _blob(arrival: catalogue.Arrival) -> blobs.Blob:
    assert arrival.asset is not None
    key, digest = arrival.asset.key, arrival.version.sha256
    assert digest is not None
    return blobs.Blob(key, arrival.asset.size, "image/jpeg", bytes.fromhex(digest))


def _nanoseconds(process: int) -> int:
    """Of processor time (proc(5))."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


def _tell(found: Sequence[Spent]) -> None:
    for after, pages in dict.fromkeys((one.after, one.pages) for one in found):
        same = [one for one in found if (one.after, one.pages) == (after, pages)]
        print(f"{after or 'as it is'}, {pages}: {_said(same)}", flush=True)


def _said(same: Sequence[Spent]) -> str:
    def median(of: Sequence[float]) -> float:
        return statistics.median(of)

    steps = ", ".join(
        f"{name} {median([one.steps[name] / one.images for one in same]):.0f}"
        for name in same[0].steps
    )
    logged = [
        f"{median([getattr(one.logged, what) / one.images for one in same]):,.2f} {name}"
        for what, name in (("records", "records"), ("images", "images of pages"))
    ]
    logged.append(f"{median([one.logged.bytes / one.images for one in same]):,.0f} bytes")
    times = sorted(one.all() for one in same)
    return (
        f"{median(times):.0f} µs a picture ({times[0]:.0f} to {times[-1]:.0f}): {steps};"
        f" {', '.join(logged)}"
    )


if __name__ == "__main__":
    main()
