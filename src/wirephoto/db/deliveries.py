"""Statements on webhook deliveries and their tries."""

from dataclasses import asdict, dataclass
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("deliveries")


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """``delay`` in seconds from now until the first try."""

    public_id: str
    job: int
    project: int
    url: str
    body: str
    delay: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery. Secret and headers are the project's own: never log them."""

    id: int
    public_id: str
    attempt: int
    tries: int
    url: str
    body: str
    webhook_secret: str | None
    webhook_headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Try:
    """What a try brought. ``delay`` is the seconds until the next; None: there is none."""

    state: str
    delay: float | None
    http_status: int | None
    problem: str | None
    milliseconds: int


async def insert(connection: pool.Connection, new: NewDelivery) -> tuple[int, datetime]:
    """The row's id, and when its first try is due by the database's clock."""
    row = await (await connection.execute(_SQL["insert"], asdict(new))).fetchone()
    assert row is not None
    return row["id"], row["next_try_at"]


async def claim(connection: pool.Connection, delivery: int) -> Delivery | None:
    row = await (await connection.execute(_SQL["claim"], {"delivery": delivery})).fetchone()
    return Delivery(**row) if row else None


async def record_try(connection: pool.Connection, delivery: Delivery, made: Try) -> datetime | None:
    """When the next try is due; None when there is none, or the delivery is another's by now."""
    given = asdict(made) | {"delivery": delivery.id, "attempt": delivery.attempt}
    row = await (await connection.execute(_SQL["record_try"], given)).fetchone()
    return row["next_try_at"] if row else None


async def stray(connection: pool.Connection, task: str) -> list[int]:
    rows = await (await connection.execute(_SQL["stray"], {"task": task})).fetchall()
    return [row["id"] for row in rows]
