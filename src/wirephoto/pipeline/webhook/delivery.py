"""One try at a delivery, from its claim to its record."""

import random
from dataclasses import dataclass, field

import structlog

from wirephoto import tracing
from wirephoto.db import deliveries, pool
from wirephoto.metrics import families
from wirephoto.net import session as sessions
from wirephoto.pipeline.webhook import pausing, posting, schedule

log = structlog.get_logger(__name__)
_RNG = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Services:
    """``worker`` is our row; ``session`` that of webhooks alone.

    ``secret`` is the installation's, for projects without one of their own: stored nowhere.
    """

    database: pool.Pool
    worker: int
    session: sessions.Session
    secret: str | None = field(repr=False)
    answer_seconds: float = posting.ANSWER_SECONDS


async def deliver(services: Services, delivery: deliveries.Delivery) -> None:
    """Make one try at a claimed delivery, and record it.

    Raises when the database is away for long: the claim is then as free as it was before.
    """
    answer = await _post(services, delivery)
    await pool.persist(lambda: _record(services, delivery, answer))


async def _post(services: Services, delivery: deliveries.Delivery) -> posting.Answer:
    """In a span that says no URL."""
    about: dict[str, tracing.Value] = {
        "delivery": delivery.public_id,
        "attempt": delivery.tries + 1,
    }
    if delivery.job is not None:
        about["job"] = delivery.job
    with tracing.webhook(delivery.traceparent, **about) as span:
        answer = await posting.post(
            services.session, delivery, services.secret, timeout=services.answer_seconds
        )
        span.end(answer.status, answer.code)
    return answer


async def _record(
    services: Services, delivery: deliveries.Delivery, answer: posting.Answer
) -> None:
    """The endpoint first, then the delivery, always in this order: nobody waits in a circle."""
    async with services.database.connection() as connection, connection.transaction():
        before = await deliveries.standing(connection, delivery.endpoint_id)
        paused = await _note(connection, delivery.endpoint_id, before, answer)
        made = _judge(delivery, answer, paused=paused)
        decided = await deliveries.record_try(connection, services.worker, delivery, made)
        moved = 0
        if paused and not before.paused:
            moved = await deliveries.pause(connection, delivery.endpoint_id)
        elif before.paused and not paused:
            moved = await deliveries.resume(connection, delivery.endpoint_id)
    if paused != before.paused:
        log.warning(
            "webhook_endpoint_paused" if paused else "webhook_endpoint_back",
            endpoint=delivery.endpoint_id,
            moved=moved,
        )
    families.WEBHOOK_TRIES.add(made.state)
    families.WEBHOOK.observe(answer.seconds)
    if decided:
        log.info("webhook_tried", state=made.state, http_status=answer.status)
    else:
        log.warning("fenced", attempt=delivery.attempt)


async def _note(
    connection: pool.Connection, endpoint: int, before: deliveries.Standing, answer: posting.Answer
) -> bool:
    """Tell the endpoint's row how it answered; whether it is paused now."""
    verdict = pausing.Verdict(anew=False, paused=False)
    if not answer.is_taken:
        verdict = pausing.after_failure(
            before.failing_seconds, before.quiet_seconds, paused=before.paused
        )
    noted = deliveries.Note(
        slow=answer.is_slow,
        hung=answer.is_hung,
        failing=not answer.is_taken,
        anew=verdict.anew,
        paused=verdict.paused,
        probe_seconds=pausing.PROBE_SECONDS,
    )
    await deliveries.note(connection, endpoint, noted)
    return verdict.paused


def _judge(
    delivery: deliveries.Delivery, answer: posting.Answer, *, paused: bool
) -> deliveries.Try:
    state, delay = "pending", None
    if answer.is_taken:
        state = "delivered"
    elif answer.is_final:
        state = "failed"
    elif paused:
        state = "paused"
    else:
        tries = delivery.tries_in_row + 1
        delay = schedule.after(tries, retry_after=answer.retry_after, rng=_RNG)
        state = "pending" if delay is not None else "failed"
    milliseconds = round(answer.seconds * 1000)
    return deliveries.Try(state, delay, answer.status, answer.problem, milliseconds)
