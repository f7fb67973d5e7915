"""Origins that bear less than they are asked for at once."""

import asyncio
from collections import Counter, defaultdict

from tests.origins import pictures
from tests.origins.exchange import Behaviours, Exchange

STRAINED = Behaviours()

_under_way: Counter[int] = Counter()  # by port: each origin for itself
_turns: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(1))


@STRAINED.add
async def narrow(exchange: Exchange) -> None:
    """``/narrow/5/7?takes=0.02``: picture 7; where more than 5 are asked for at once, 503."""
    most, number = (int(argument) for argument in exchange.arguments)
    port = _port(exchange)
    _under_way[port] += 1
    try:
        if _under_way[port] > most:
            await exchange.answer(b"", status=503)
        else:
            await asyncio.sleep(float(exchange.request.query["takes"]))
            await exchange.answer(pictures.jpeg(number, 2000), "Content-Type: image/jpeg")
    finally:
        _under_way[port] -= 1


@STRAINED.add
async def serial(exchange: Exchange) -> None:
    """``/serial/7?takes=0.02``: picture 7; one after the other, so many wait long."""
    async with _turns[_port(exchange)]:
        await asyncio.sleep(float(exchange.request.query["takes"]))
    number = int(exchange.argument(0))
    await exchange.answer(pictures.jpeg(number, 2000), "Content-Type: image/jpeg")


def _port(exchange: Exchange) -> int:
    return int(exchange.writer.get_extra_info("sockname")[1])
