"""Looking again and again, for as long as somebody watches."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable


async def rounds(
    stopping: asyncio.Event,
    seconds: float,
    wanted: Callable[[], object],
    look: Callable[[], Awaitable[None]],
) -> None:
    """Look at once and every so many ``seconds``, while it is ``wanted``.

    No moment longer than this process is to live: a look under way is broken off.
    """
    stop = asyncio.create_task(stopping.wait())
    try:
        while wanted() and not stop.done():
            going = asyncio.ensure_future(look())
            await asyncio.wait({going, stop}, return_when=asyncio.FIRST_COMPLETED)
            going.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await going
            await asyncio.wait({stop}, timeout=seconds)
    finally:
        stop.cancel()
