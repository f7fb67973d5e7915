"""One try at a webhook, and its record."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import procrastinate
import structlog

from wirephoto import errors
from wirephoto.db import deliveries, pool
from wirephoto.net import retry_after, urls
from wirephoto.net import session as sessions
from wirephoto.pipeline import queue
from wirephoto.pipeline.webhook import schedule, signing

ANSWER_SECONDS = 15.0
_GONE = 410
log = structlog.get_logger(__name__)
_RNG = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Services:
    """``secret`` is the installation's, for projects without one of their own: stored nowhere."""

    database: pool.Pool
    app: procrastinate.App
    session: sessions.Session
    secret: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a try met: a status, or a problem; ``retry_after`` in seconds."""

    status: int | None = None
    problem: str | None = None
    retry_after: float | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - any 2xx


async def deliver(services: Services, delivery_id: int) -> None:
    """Make one try at a delivery that is due; queue the next one if it was not taken."""
    async with services.database.connection() as connection:
        delivery = await deliveries.claim(connection, delivery_id)
    if delivery is None:
        return
    begun = time.monotonic()
    answer = await _post(services, delivery)
    made = _judge(delivery, answer, int((time.monotonic() - begun) * 1000))
    log.info(
        "webhook_tried", delivery=delivery.public_id, state=made.state, http_status=answer.status
    )
    async with services.database.connection() as connection, connection.transaction():
        due = await deliveries.record_try(connection, delivery, made)
        if due is not None and made.state == "pending":
            await queue.defer_deliveries(services.app, connection, [delivery.id], due=due)


def _judge(delivery: deliveries.Delivery, answer: _Answer, milliseconds: int) -> deliveries.Try:
    delay = None
    if answer.is_taken:
        state = "delivered"
    else:
        if answer.status != _GONE:
            delay = schedule.after(delivery.tries + 1, retry_after=answer.retry_after, rng=_RNG)
        state = "failed" if delay is None else "pending"
    return deliveries.Try(state, delay, answer.status, answer.problem, milliseconds)


async def _post(services: Services, delivery: deliveries.Delivery) -> _Answer:
    secret = delivery.webhook_secret or services.secret
    headers = {
        **delivery.webhook_headers,
        "Content-Type": "application/json",
        **signing.headers(secret, delivery.public_id, datetime.now(UTC), delivery.body),
    }
    try:
        url = urls.parse(delivery.url)
        async with services.session.post(
            url, headers, delivery.body.encode(), timeout=ANSWER_SECONDS
        ) as response:
            return _read(response)
    except errors.PictureError as failure:
        return _Answer(problem=failure.reason)
    except errors.BadUrl as bad:
        return _Answer(problem=str(bad))


def _read(response: aiohttp.ClientResponse) -> _Answer:
    asked = retry_after.parse(response.headers.get("Retry-After"), datetime.now(UTC))
    return _Answer(status=response.status, retry_after=asked)
