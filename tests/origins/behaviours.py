"""What the hostile origin does, one function a path: ``/cut/100`` is ``cut`` with ``["100"]``.

Each function's docstring says what its client meets. Underscores in names are hyphens in paths.
Here are whole answers; what is wrong with a body or a connection is in ``bodies``.
"""

from urllib.parse import urlencode

from tests.origins import pictures
from tests.origins.exchange import Behaviours, Exchange

WHOLE = Behaviours()

JPEG = pictures.jpeg(size=5000)
ETAG = '"v1"'
LAST_MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"

JPEG_TYPE = "Content-Type: image/jpeg"


# Good answers


@WHOLE.add
async def jpeg(exchange: Exchange) -> None:
    """``/jpeg/7?size=100000``: distinct by number, padded to the size; with a strong ETag."""
    number = int(exchange.argument(0))
    size = int(exchange.request.query.get("size", 0))
    await exchange.answer(pictures.jpeg(number, size), JPEG_TYPE, f'ETag: "{number}-{size}"')


@WHOLE.add
async def png(exchange: Exchange) -> None:
    """``/png/640/480``."""
    width, height = (int(argument) for argument in exchange.arguments)
    await exchange.answer(pictures.png(width, height), "Content-Type: image/png")


@WHOLE.add
async def svg(exchange: Exchange) -> None:
    """``/svg?size=1000000``: a drawing of 10 by 20 with a script, padded to about that size."""
    padding = int(exchange.request.query.get("size", 0))
    await exchange.answer(pictures.svg(padding), "Content-Type: image/svg+xml")


@WHOLE.add
async def chunked(exchange: Exchange) -> None:
    """The JPEG in chunks of 1000 bytes, or of as many as the argument says."""
    await exchange.head(200, JPEG_TYPE, "Transfer-Encoding: chunked")
    step = int(exchange.argument(1000))
    for start in range(0, len(JPEG), step):
        await exchange.send(chunk(JPEG[start : start + step]))
    await exchange.send(chunk(b""))
    exchange.keep_alive = True


@WHOLE.add
async def no_length(exchange: Exchange) -> None:
    """The JPEG, ended by the end of the connection."""
    await exchange.head(200, JPEG_TYPE, "Connection: close")
    await exchange.send(JPEG)


@WHOLE.add
async def typed(exchange: Exchange) -> None:
    """``/typed?as=text/html``: the JPEG under another name."""
    await exchange.answer(JPEG, f"Content-Type: {exchange.request.query['as']}")


@WHOLE.add
async def html(exchange: Exchange) -> None:
    """A page that says it is a JPEG."""
    await exchange.answer(b"<!doctype html><title>Not found</title>", JPEG_TYPE)


@WHOLE.add
async def empty(exchange: Exchange) -> None:
    """200 and no byte."""
    await exchange.answer(b"", JPEG_TYPE)


@WHOLE.add
async def continues(exchange: Exchange) -> None:
    """100 times 100 Continue, then the JPEG."""
    for _ in range(100):
        await exchange.head(100)
    await exchange.answer(JPEG, JPEG_TYPE)


@WHOLE.add
async def etag(exchange: Exchange) -> None:
    """The JPEG with ``ETAG``, or 304 to who has it."""
    held = exchange.request.headers.get("if-none-match", "")
    if ETAG in held:
        await exchange.head(304, f"ETag: {ETAG}")
        exchange.keep_alive = True
    else:
        await exchange.answer(JPEG, f"ETag: {ETAG}")


@WHOLE.add
async def mistaken(exchange: Exchange) -> None:
    """304 with an ETag that nobody asked with; the JPEG to who asks without condition."""
    if "if-none-match" in exchange.request.headers:
        await exchange.head(304, 'ETag: "another"')
        exchange.keep_alive = True
    else:
        await exchange.answer(JPEG, 'ETag: "another"')


@WHOLE.add
async def dated(exchange: Exchange) -> None:
    """The JPEG with ``LAST_MODIFIED``, or 304 to who has it."""
    if exchange.request.headers.get("if-modified-since") == LAST_MODIFIED:
        await exchange.head(304)
        exchange.keep_alive = True
    else:
        await exchange.answer(JPEG, f"Last-Modified: {LAST_MODIFIED}")


# Redirects


@WHOLE.add
async def redirect(exchange: Exchange) -> None:
    """``/redirect/302?to=/jpeg``: the Location is exactly the query's value."""
    await exchange.answer(
        b"moved", f"Location: {exchange.request.query['to']}", status=int(exchange.argument(302))
    )


@WHOLE.add
async def redirect_nowhere(exchange: Exchange) -> None:
    """302 without a Location."""
    await exchange.answer(b"", status=302)


@WHOLE.add
async def chain(exchange: Exchange) -> None:
    """``/chain/5``: five redirects, then the JPEG; ``?after`` holds for each."""
    left = int(exchange.argument(1))
    if left:
        query = urlencode(exchange.request.query)
        await exchange.answer(b"", f"Location: /chain/{left - 1}?{query}", status=302)
    else:
        await exchange.answer(JPEG, JPEG_TYPE)


@WHOLE.add
async def loop(exchange: Exchange) -> None:
    """``/loop/a`` and ``/loop/b`` lead to each other."""
    other = "b" if exchange.arguments == ["a"] else "a"
    await exchange.answer(b"", f"Location: /loop/{other}", status=302)


# Other answers


@WHOLE.add
async def status(exchange: Exchange) -> None:
    """``/status/429?retry-after=7``: that status with the JPEG as body, asked for or not."""
    wait = exchange.request.query.get("retry-after")
    headers = [] if wait is None else [f"Retry-After: {wait}"]
    await exchange.answer(JPEG, *headers, status=int(exchange.argument(500)))


@WHOLE.add
async def not_modified(exchange: Exchange) -> None:
    """304, asked for or not."""
    await exchange.head(304)
    exchange.keep_alive = True


@WHOLE.add
async def partial(exchange: Exchange) -> None:
    """206 that nobody asked for."""
    part = f"Content-Range: bytes 0-999/{len(JPEG)}"
    await exchange.answer(JPEG[:1000], JPEG_TYPE, part, status=206)


@WHOLE.add
async def flaky(exchange: Exchange) -> None:
    """``/flaky/2/any``: 503 twice for each path, then the picture of ``/jpeg``."""
    if exchange.count <= exchange.argument(1):
        await exchange.answer(b"", status=503)
    else:
        await exchange.answer(JPEG, JPEG_TYPE)


async def not_found(exchange: Exchange) -> None:
    """What every other path does."""
    await exchange.answer(b"no such behaviour", status=404)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
