"""Statements that remove what is over; each transaction is a bounded piece of it."""

from dataclasses import dataclass

from wirephoto.db import pool, queries

_SQL = queries.load("retention")
_IMAGES = 50_000
"""Of jobs that one transaction removes: about a second of the database's time."""
_PICTURES = 5000  # rows that are looked at in one statement
_REMOVALS = ("results", "images", "deliveries", "jobs")


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs, and the images that they asked for."""

    jobs: int = 0
    images: int = 0

    def __add__(self, other: "Jobs") -> "Jobs":
        return Jobs(self.jobs + other.jobs, self.images + other.images)


@dataclass(frozen=True, slots=True)
class Unused:
    """Pictures that may go, of those up to the key ``last``; None: there are no more."""

    last: str | None
    keys: list[str]
    bytes: int


async def begin_chore(connection: pool.Connection, name: str, seconds: float) -> bool:
    """Whether this worker is to do what one of all does every ``seconds``."""
    cursor = await connection.execute(_SQL["begin_chore"], {"name": name, "seconds": seconds})
    return await cursor.fetchone() is not None


async def remove_jobs(connection: pool.Connection, days: int) -> Jobs:
    """Remove some that ended ``days`` ago, with all that is theirs; to be called in a transaction.

    A job goes as a whole or not at all. Locked first and looked at again: who added to one of them
    before (a retry, a resend) is seen, who comes after waits and finds it gone.
    """
    rows = await (await connection.execute(_SQL["due"], {"days": days})).fetchall()
    given: dict[str, object] = {"jobs": [row["id"] for row in rows], "images": _IMAGES}
    spent = await (await connection.execute(_SQL["still_spent"], given)).fetchall()
    jobs = {"jobs": [row["id"] for row in spent]}
    if spent:
        await connection.execute(_SQL["remember"], jobs)
        for what in _REMOVALS:
            await connection.execute(_SQL[f"remove_{what}"], jobs)
    return Jobs(len(spent), sum(row["total"] for row in spent))


async def would_go(connection: pool.Connection, days: int) -> Jobs:
    row = await (await connection.execute(_SQL["would_go"], {"days": days})).fetchone()
    assert row is not None
    return Jobs(**row)


async def remove_sessions(connection: pool.Connection) -> int:
    """Remove some that are over; how many it was."""
    return (await connection.execute(_SQL["remove_sessions"])).rowcount


async def count_sessions(connection: pool.Connection) -> int:
    row = await (await connection.execute(_SQL["count_sessions"])).fetchone()
    assert row is not None
    return int(row["n"])


async def unused(connection: pool.Connection, after: str, days: int) -> Unused:
    """Of the next pictures behind a key those that nobody refers to since ``days``."""
    given = {"after": after, "days": days, "most": _PICTURES}
    row = await (await connection.execute(_SQL["unused"], given)).fetchone()
    assert row is not None
    return Unused(**row)
