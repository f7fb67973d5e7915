"""Request bodies, read up to a limit: refused by what they say, and counted as they come."""

import asyncio
from collections.abc import AsyncGenerator

import fastapi
from starlette.requests import ClientDisconnect

from wirephoto import errors, wiring

LEAST_BYTES_A_SECOND = 1000  # of a body as a whole, after the first pause that a client may make


async def read(request: fastapi.Request, most: int) -> bytes:
    """The whole body; see ``parts``."""
    body = bytearray()
    async for part in parts(request, most):
        body += part
    return bytes(body)


async def parts(request: fastapi.Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes: of at most ``most`` bytes, in the time that clients have.

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
    async for part in _received(request, most, services.settings.client_timeout):
        yield part


async def _received(request: fastapi.Request, most: int, gap: float) -> AsyncGenerator[bytes, None]:
    """``gap`` in seconds: the longest pause."""
    clock = asyncio.get_running_loop().time
    begun, size = clock(), 0
    stream = request.stream()
    try:
        while True:
            dripped = begun + gap + size / LEAST_BYTES_A_SECOND
            async with asyncio.timeout_at(min(clock() + gap, dripped)):
                part = await anext(stream, None)
            if part is None:
                return
            size += len(part)
            if size > most:
                raise _too_large(most)
            yield part
    except ClientDisconnect:
        raise errors.InvalidRequest({"body": "ended early"}) from None
    except TimeoutError:
        raise errors.InvalidRequest(
            {"body": f"stopped for {gap:g} s, or came drop by drop"},
            headers={"Connection": "close"},
        ) from None


def _too_large(most: int) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(
        {"body": f"must be at most {most} bytes"}, headers={"Connection": "close"}
    )
