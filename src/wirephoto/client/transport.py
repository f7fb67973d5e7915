"""What both clients have in common: where the server is, who asks, how a request looks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO
from urllib.parse import quote, urlsplit

import httpx

from wirephoto.client import errors, wire

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.2
LONGEST_POLL_SECONDS = 2.0
_BLOCK_BYTES = 262_144
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def base(server: str) -> str:
    """The address of the API's first version at a server.

    Raises:
        ValueError: it is no http or https address.
    """
    found = urlsplit(server)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError(f"{server!r} is no address of a server, as https://pictures.example")
    return f"{server.rstrip('/')}/api/v1"


def opened(server: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=base(server), headers=_headers(token), timeout=_TIMEOUT)


def opened_async(server: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base(server), headers=_headers(token), timeout=_TIMEOUT)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def request(http: httpx.Client, ask: wire.Ask) -> httpx.Request:
    content = _blocks(ask.file) if ask.file is not None else ask.body
    return _request(http, ask, content)


def request_async(http: httpx.AsyncClient, ask: wire.Ask) -> httpx.Request:
    content = _blocks_async(ask.file) if ask.file is not None else ask.body
    return _request(http, ask, content)


def _request(
    http: httpx.Client | httpx.AsyncClient,
    ask: wire.Ask,
    content: bytes | Iterator[bytes] | AsyncIterator[bytes] | None,
) -> httpx.Request:
    headers = dict(ask.headers)
    if ask.file is not None:
        headers["Content-Length"] = str(ask.file.size)
    return http.build_request(
        ask.method, quote(ask.path), params=dict(ask.query), content=content, headers=headers
    )


def _blocks(file: wire.File) -> Iterator[bytes]:
    left = file.size
    with file.path.open("rb") as opened:
        while left:
            left -= len(block := _block(opened, left))
            yield block


async def _blocks_async(file: wire.File) -> AsyncIterator[bytes]:
    left = file.size
    with await asyncio.to_thread(file.path.open, "rb") as opened:
        while left:
            block = await asyncio.to_thread(_block, opened, left)
            left -= len(block)
            yield block


def _block(opened: BinaryIO, left: int) -> bytes:
    block = opened.read(min(_BLOCK_BYTES, left))
    if not block:
        raise errors.NotSent("has changed while it was sent")
    return block


def answer(came: httpx.Response) -> wire.Answer:
    return wire.Answer(came.status_code, came.headers, came.content)


def no_answer(fault: httpx.TransportError) -> wire.NoAnswer:
    words = str(fault) or type(fault).__name__
    return wire.NoAnswer(f"the server does not answer: {words}", not isinstance(fault, _NOT_SENT))


def longer(pause: float) -> float:
    """Seconds until the next look at a job: short at first, so that a small one is seen at once."""
    return min(pause * 1.5, LONGEST_POLL_SECONDS)
