"""Request bodies, read up to a limit: refused by what they say, and counted as they come."""

import asyncio

import fastapi
from starlette.requests import ClientDisconnect

from wirephoto import errors

GAP_SECONDS = 30.0
"""The longest pause in a body: who sends less holds a place for nothing."""


async def read(request: fastapi.Request, most: int) -> bytes:
    """The whole body, of at most ``most`` bytes.

    Raises:
        errors.BodyTooLarge: it is longer, or says so.
        errors.InvalidRequest: it is compressed, ended early, or stopped coming.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise errors.InvalidRequest({"body": "must not be compressed (Content-Encoding)"})
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(GAP_SECONDS) as patience:
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise _too_large(most)
                patience.reschedule(asyncio.get_running_loop().time() + GAP_SECONDS)
    except ClientDisconnect:
        raise errors.InvalidRequest({"body": "ended early"}) from None
    except TimeoutError:
        raise errors.InvalidRequest({"body": f"stopped for {GAP_SECONDS:.0f} s"}) from None
    return bytes(body)


def _too_large(most: int) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(
        {"body": f"must be at most {most} bytes"}, headers={"Connection": "close"}
    )
