"""Bodies and connections that lie, break, stall, never end or come coded; as ``behaviours``."""

import asyncio
import functools
import itertools
import zlib
from urllib.parse import unquote

import brotli  # type: ignore[import-untyped]  # it has no types

from tests.origins import behaviours
from tests.origins.exchange import Behaviours, Exchange

BROKEN = Behaviours()

BOMB_BYTES = 50_000_000

_FAR_TOO_LONG = 10 * 1024**4
_KIB = b"\0" * 1024


# Lengths that lie, connections that break


@BROKEN.add
async def length_too_long(exchange: Exchange) -> None:
    """The whole JPEG under a Content-Length of one byte more, then the end."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {len(behaviours.JPEG) + 1}")
    await exchange.send(behaviours.JPEG)


@BROKEN.add
async def length_too_short(exchange: Exchange) -> None:
    """The whole JPEG under a Content-Length of 100 bytes less, then the end."""
    await exchange.head(
        200,
        behaviours.JPEG_TYPE,
        f"Content-Length: {len(behaviours.JPEG) - 100}",
        "Connection: close",
    )
    await exchange.send(behaviours.JPEG)


@BROKEN.add
async def length_10tb(exchange: Exchange) -> None:
    """A Content-Length of 10 TB, and then bytes without end."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {_FAR_TOO_LONG}")
    await _send_without_end(exchange, _KIB)


@BROKEN.add
async def cut(exchange: Exchange) -> None:
    """``/cut/100``: the right Content-Length, 100 bytes, the end."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {len(behaviours.JPEG)}")
    await exchange.send(behaviours.JPEG[: int(exchange.argument(100))])


@BROKEN.add
async def chunked_cut(exchange: Exchange) -> None:
    """Chunks, but not the last one."""
    await exchange.head(200, behaviours.JPEG_TYPE, "Transfer-Encoding: chunked")
    await exchange.send(behaviours.chunk(behaviours.JPEG[:1000]))


@BROKEN.add
async def reset(exchange: Exchange) -> None:
    """Half of the JPEG, then a reset."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {len(behaviours.JPEG)}")
    await exchange.send(behaviours.JPEG[:2500])
    exchange.reset()


@BROKEN.add
async def reset_at_once(exchange: Exchange) -> None:
    """A reset in place of an answer."""
    exchange.reset()


@BROKEN.add
async def not_http(exchange: Exchange) -> None:
    await exchange.send(b"SSH-2.0-OpenSSH_9.6\r\n")


@BROKEN.add
async def huge_head(exchange: Exchange) -> None:
    """One header of 100 kB."""
    await exchange.answer(behaviours.JPEG, "X-Huge: " + "a" * 100_000)


@BROKEN.add
async def many_headers(exchange: Exchange) -> None:
    """10,000 headers."""
    await exchange.answer(behaviours.JPEG, *(f"X-{number}: a" for number in range(10_000)))


@BROKEN.add
async def flaky_reset(exchange: Exchange) -> None:
    """``/flaky-reset/2/any``: as ``flaky``, with a reset in the body in place of the 503."""
    await (
        reset(exchange) if exchange.count <= exchange.argument(1) else behaviours.flaky(exchange)
    )


# Slow and without end


@BROKEN.add
async def drip(exchange: Exchange) -> None:
    """``/drip/0.3``: a good head, then one byte every 0.3 s without end."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {len(behaviours.JPEG) * 100}")
    await _drip(exchange, behaviours.JPEG * 100)


@BROKEN.add
async def drip_head(exchange: Exchange) -> None:
    """``/drip-head/0.3``: the head itself, one byte at a time, without end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await _drip(exchange, b"a" * 1_000_000)


@BROKEN.add
async def silence(exchange: Exchange) -> None:
    """Nothing at all."""
    await exchange.until_gone()


@BROKEN.add
async def silence_in_body(exchange: Exchange) -> None:
    """Half of the JPEG, then nothing more."""
    await exchange.head(200, behaviours.JPEG_TYPE, f"Content-Length: {len(behaviours.JPEG)}")
    await exchange.send(behaviours.JPEG[:2500])
    await exchange.until_gone()


@BROKEN.add
async def endless(exchange: Exchange) -> None:
    """A body without length and without end."""
    await exchange.head(200, behaviours.JPEG_TYPE, "Connection: close")
    await _send_without_end(exchange, _KIB)


@BROKEN.add
async def endless_chunked(exchange: Exchange) -> None:
    await exchange.head(200, behaviours.JPEG_TYPE, "Transfer-Encoding: chunked")
    await _send_without_end(exchange, behaviours.chunk(_KIB))


@BROKEN.add
async def redirect_endless(exchange: Exchange) -> None:
    """302 to ``/jpeg`` with a body without end."""
    await exchange.head(302, "Location: /jpeg", "Connection: close")
    await _send_without_end(exchange, _KIB)


# Content codings


@BROKEN.add
async def encoded(exchange: Exchange) -> None:
    """``/encoded/gzip``: the JPEG, well coded; gzip, deflate, deflate-raw, br."""
    await _send_encoded(exchange, encode(exchange.arguments[0], behaviours.JPEG))


@BROKEN.add
async def encoded_cut(exchange: Exchange) -> None:
    """The coded JPEG without its last byte, under a matching Content-Length."""
    await _send_encoded(exchange, encode(exchange.arguments[0], behaviours.JPEG)[:-1])


@BROKEN.add
async def bomb(exchange: Exchange) -> None:
    """``BOMB_BYTES`` of zeros, coded."""
    await _send_encoded(exchange, _bomb(exchange.arguments[0]))


@BROKEN.add
async def labelled(exchange: Exchange) -> None:
    """``/labelled/zstd``, ``/labelled/gzip,%20gzip``: the bare JPEG under that coding's label."""
    label = unquote(exchange.arguments[0])
    await exchange.answer(behaviours.JPEG, behaviours.JPEG_TYPE, f"Content-Encoding: {label}")


def encode(coding: str, data: bytes) -> bytes:
    """``data`` under a coding of ``/encoded``."""
    if coding == "br":
        return bytes(brotli.compress(data))
    bits = {"gzip": 31, "deflate": 15, "deflate-raw": -15}[coding]
    compressor = zlib.compressobj(wbits=bits)
    return compressor.compress(data) + compressor.flush()


@functools.cache
def _bomb(coding: str) -> bytes:
    return encode(coding, b"\0" * BOMB_BYTES)


async def _send_encoded(exchange: Exchange, body: bytes) -> None:
    label = exchange.arguments[0].removesuffix("-raw")
    await exchange.answer(body, behaviours.JPEG_TYPE, f"Content-Encoding: {label}")


async def _send_without_end(exchange: Exchange, data: bytes) -> None:
    for _ in itertools.count():  # until the client closes, which ends the exchange
        await exchange.send(data)


async def _drip(exchange: Exchange, data: bytes) -> None:
    for byte in data:
        await exchange.send(bytes([byte]))
        await asyncio.sleep(exchange.argument(0.3))
