"""Request bodies, read up to a limit: refused by what they say, and counted as they come."""

import fastapi
from starlette.requests import ClientDisconnect

from wirephoto import errors


async def read(request: fastapi.Request, most: int) -> bytes:
    """The whole body, of at most ``most`` bytes.

    Raises:
        errors.BodyTooLarge: it is longer, or says so.
        errors.InvalidRequest: it ended early.
    """
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise _too_large(most)
    except ClientDisconnect:
        raise errors.InvalidRequest({"body": "ended early"}) from None
    return bytes(body)


def _too_large(most: int) -> errors.BodyTooLarge:
    return errors.BodyTooLarge(
        {"body": f"must be at most {most} bytes"}, headers={"Connection": "close"}
    )
