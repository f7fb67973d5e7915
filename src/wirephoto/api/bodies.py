"""Request bodies, read up to a limit: refused by what they say, and counted as they come."""

import asyncio

import fastapi
from starlette.requests import ClientDisconnect

from wirephoto import errors, wiring

LEAST_BYTES_A_SECOND = 1000  # of a body as a whole, after the first pause that a client may make


async def read(request: fastapi.Request, most: int) -> bytes:
    """The whole body, of at most ``most`` bytes, in the time that clients have.

    Raises:
        errors.BodyTooLarge: it is longer, or says so.
        errors.InvalidRequest: it is compressed, ended early, stopped coming, or drips.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise errors.InvalidRequest({"body": "must not be compressed (Content-Encoding)"})
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise _too_large(most)
    services = request.app.state.services
    assert isinstance(services, wiring.Api)
    return await _received(request, most, services.settings.client_timeout)


async def _received(request: fastapi.Request, most: int, gap: float) -> bytes:
    """``gap`` in seconds: the longest pause."""
    body = bytearray()
    clock = asyncio.get_running_loop().time
    begun = clock()
    try:
        async with asyncio.timeout(gap) as patience:
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise _too_large(most)
                dripped = begun + gap + len(body) / LEAST_BYTES_A_SECOND
                patience.reschedule(min(clock() + gap, dripped))
    except ClientDisconnect:
        raise errors.InvalidRequest({"body": "ended early"}) from None
    except TimeoutError:
        raise errors.InvalidRequest(
            {"body": f"stopped for {gap:g} s, or came drop by drop"},
            headers={"Connection": "close"},
        ) from None
    return bytes(body)


def _too_large(most: int) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(
        {"body": f"must be at most {most} bytes"}, headers={"Connection": "close"}
    )
