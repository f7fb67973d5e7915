"""Paths that misbehave at first and are well then: what a second or third try is for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.origins import behaviours, bodies, pictures
from tests.origins.exchange import Behaviour, Behaviours, Exchange

MENDED = Behaviours()
RETRY_AFTER_SECONDS = 2


async def _in_seconds(exchange: Exchange) -> None:
    wait = f"Retry-After: {RETRY_AFTER_SECONDS}"
    await exchange.answer(b"", wait, status=429)


async def _by_date(exchange: Exchange) -> None:
    then = datetime.now(UTC) + timedelta(seconds=RETRY_AFTER_SECONDS)
    await exchange.answer(b"", f"Retry-After: {format_datetime(then, usegmt=True)}", status=429)


async def _error(exchange: Exchange) -> None:
    await exchange.answer(b"", status=500)


FAULTS: dict[str, Behaviour] = {
    "500": _error,
    "429-seconds": _in_seconds,
    "429-date": _by_date,
    "reset": bodies.reset_at_once,
    "reset-in-body": bodies.reset,
    "cut": bodies.cut,
    "stall": bodies.silence,
    "stall-in-body": bodies.silence_in_body,
    "drip": bodies.drip,
}


@MENDED.add
async def at_first(exchange: Exchange) -> None:
    """``/at-first/reset/2/7``: that fault twice for this path, then JPEG number 7."""
    fault, times, number = exchange.arguments
    if exchange.count <= int(times):
        exchange.arguments = []
        await FAULTS[fault](exchange)
    else:
        await exchange.answer(pictures.jpeg(int(number), 2000), behaviours.JPEG_TYPE)
