"""Statements on webhook deliveries, their tries, and the endpoints they go to."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from wirephoto.db import pool, queries

_SQL = queries.load("deliveries")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver: ``url`` without its query, which may hold a secret."""

    project: int
    url: str
    origin: str

    @classmethod
    def of(cls, project: int, webhook: str) -> "Endpoint":
        """That of a webhook's URL, which was accepted as one; nothing here may refuse it later."""
        url = webhook.strip().partition("#")[0].partition("?")[0]
        scheme, _, host, *path = [*url.split("/", 3), "", ""][:4]
        origin = f"{scheme}//{host}".lower()
        return cls(project, f"{origin}/{path[0]}", origin)

    @property
    def row(self) -> dict[str, object]:
        return asdict(self) | {"digest": hashlib.sha256(self.url.encode()).digest()}


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """``address`` is the webhook's URL, ``delay`` the seconds from now until the first try."""

    public_id: str
    job: int
    endpoint: Endpoint
    address: str
    body: str
    delay: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Tries at once: of a worker, of these at slow endpoints, at an endpoint, at an origin."""

    slots: int
    for_slow: int
    per_endpoint: int
    per_origin: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed delivery. Secret and headers are the project's own: never log them.

    ``tries_in_row``: those since it was made or last asked for by hand. ``webhook_origins``: the
    only ones that get the headers; None is any. ``job`` is its public id, ``traceparent`` the
    span that made it.
    """

    id: int
    public_id: str
    job: str | None
    traceparent: str | None
    attempt: int
    tries: int
    tries_in_row: int
    endpoint_id: int
    url: str
    body: str
    webhook_secret: str | None = field(repr=False)
    webhook_headers: dict[str, str] = field(repr=False)
    webhook_origins: list[str] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an endpoint stood before a try; times in seconds, None where it did not fail."""

    paused: bool
    failing_seconds: float | None
    quiet_seconds: float | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a try says of its endpoint. ``anew``: the failures begin to be counted here."""

    slow: bool
    hung: bool
    failing: bool
    anew: bool
    paused: bool
    probe_seconds: float


@dataclass(frozen=True, slots=True)
class Try:
    """What a try brought. ``delay`` is the seconds until the next; None: there is none."""

    state: str
    delay: float | None
    http_status: int | None
    problem: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Made:
    """A try as it was recorded."""

    delivery_id: int
    number: int
    at: datetime
    http_status: int | None
    problem: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A delivery of a job, and how its endpoint stands."""

    id: int
    public_id: str
    state: str
    url: str
    created_at: datetime
    next_try_at: datetime | None
    finished_at: datetime | None
    paused_at: datetime | None
    failing_since: datetime | None
    probe_at: datetime | None


async def insert(connection: pool.Connection, new: NewDelivery) -> None:
    """Two statements: the second sees an endpoint that another transaction has just made."""
    endpoint = new.endpoint.row
    await connection.execute(_SQL["add_endpoint"], endpoint)
    given = {
        "public_id": new.public_id,
        "job": new.job,
        "address": new.address,
        "body": new.body,
        "delay": new.delay,
    }
    await connection.execute(_SQL["insert"], endpoint | given)


async def claim(
    connection: pool.Connection, worker: int, held: Sequence[int], limits: Limits
) -> list[Delivery]:
    """Deliveries for a worker to try now, beside those it is at (``held``); not in a transaction.

    What the worker has claimed and does not hold is as free as what nobody has.
    """
    given = {"worker": worker, "held": list(held)} | asdict(limits)
    rows = await (await connection.execute(_SQL["claim"], given)).fetchall()
    if not rows:
        return []
    claimed = {"ids": [row["delivery"] for row in rows], "fences": [row["fence"] for row in rows]}
    found = await (await connection.execute(_SQL["claimed"], claimed)).fetchall()
    return [Delivery(**row) for row in found]


async def standing(connection: pool.Connection, endpoint: int) -> Standing:
    """How an endpoint stands, locked until the caller's transaction ends."""
    row = await (await connection.execute(_SQL["standing"], {"endpoint": endpoint})).fetchone()
    assert row is not None
    return Standing(**row)


async def note(connection: pool.Connection, endpoint: int, noted: Note) -> None:
    await connection.execute(_SQL["note"], asdict(noted) | {"endpoint": endpoint})


async def pause(connection: pool.Connection, endpoint: int) -> int:
    """How many deliveries wait from now on."""
    return (await connection.execute(_SQL["pause"], {"endpoint": endpoint})).rowcount


async def resume(connection: pool.Connection, endpoint: int) -> int:
    """How many deliveries are due again."""
    return (await connection.execute(_SQL["resume"], {"endpoint": endpoint})).rowcount


async def record_try(
    connection: pool.Connection, worker: int, delivery: Delivery, made: Try
) -> bool:
    """Whether the try decided; it is noted in any case."""
    given = {"worker": worker, "delivery": delivery.id, "attempt": delivery.attempt}
    row = await (await connection.execute(_SQL["record_try"], asdict(made) | given)).fetchone()
    return row is not None and bool(row["decides"])


async def probe(connection: pool.Connection, probe_seconds: float) -> int:
    """Let one delivery of each paused endpoint whose day has come be tried; how many."""
    return (await connection.execute(_SQL["probe"], {"probe_seconds": probe_seconds})).rowcount


async def without_endpoint(connection: pool.Connection) -> list[tuple[int, int, str]]:
    """Deliveries of an older release: their id, project and URL."""
    rows = await (await connection.execute(_SQL["without_endpoint"])).fetchall()
    return [(row["id"], row["project_id"], row["url"]) for row in rows]


async def adopt(connection: pool.Connection, delivery: int, endpoint: Endpoint) -> None:
    await connection.execute(_SQL["add_endpoint"], endpoint.row)
    await connection.execute(_SQL["adopt"], endpoint.row | {"delivery": delivery})


async def of_job(connection: pool.Connection, job: int) -> list[Recorded]:
    rows = await (await connection.execute(_SQL["of_job"], {"job": job})).fetchall()
    return [Recorded(**row) for row in rows]


async def tries(connection: pool.Connection, job: int) -> list[Made]:
    """The tries of all deliveries of a job, in order."""
    rows = await (await connection.execute(_SQL["tries"], {"job": job})).fetchall()
    return [Made(**row) for row in rows]


async def resend(connection: pool.Connection, job: int, public_id: str) -> bool:
    """Make a delivery due now, whatever became of it; False when the job has none of that id."""
    given = {"job": job, "public_id": public_id}
    return await (await connection.execute(_SQL["resend"], given)).fetchone() is not None
