"""What an exchange with a real server comes to, by whatever way it goes wrong."""

import asyncio
import contextlib
import gc
import gzip
import ipaddress
import pathlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.fixtures import certificates
from wirephoto import errors
from wirephoto.net import addresses, session, urls

RULE = addresses.Rule((ipaddress.ip_network("127.0.0.0/8"),))

Talk = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def origin(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that reads the head of each request and leaves the rest to ``talk``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await talk(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def sending(*pieces: bytes) -> Talk:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return talk


async def stay_silent(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read()


async def stall_in_the_body(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    await writer.drain()
    await reader.read()


@pytest.fixture
async def client() -> AsyncIterator[session.Session]:
    opened = session.Session(RULE, user_agent="wirephoto/1 (+mailto:desk@example.com)")
    yield opened
    await opened.close()


async def fetch(client: session.Session, text: str, wait: float = 20) -> tuple[int, bytes]:
    async with client.get(urls.parse(text), {}, timeout=wait) as response:
        return response.status, await response.read()


async def test_the_url_goes_out_as_it_is_with_our_headers_and_no_others(
    client: session.Session,
) -> None:
    heads: list[bytes] = []

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        await sending(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(head, reader, writer)

    async with origin(talk) as port:
        url = urls.parse(f"http://127.0.0.1:{port}/a%2Fb%7e//../c?sig=%2B+%3d&x[]='")
        async with client.get(url, {"If-None-Match": '"1"'}, timeout=20) as response:
            assert response.status == 200
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a%2Fb%7e//../c?sig=%2B+%3d&x[]=' HTTP/1.1"
    assert {line.partition(":")[0] for line in lines[1:-2]} == {
        "Host",
        "User-Agent",
        "Accept-Encoding",
        "Accept",
        "If-None-Match",
    }
    assert "User-Agent: wirephoto/1 (+mailto:desk@example.com)" in lines
    assert "Accept-Encoding: identity" in lines


async def test_a_body_is_posted_and_the_answer_read(client: session.Session) -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await reader.readexactly(5)
        kind = b"POST" if head.startswith(b"POST /hook ") else b"?"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + kind + body)
        await writer.drain()

    async with origin(talk) as port:
        url = urls.parse(f"http://127.0.0.1:{port}/hook")
        async with client.post(url, {}, b"hello", timeout=20) as response:
            assert await response.read() == b"POSThello"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, client: session.Session) -> None:
    answer = f"HTTP/1.1 {status} Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with origin(sending(answer.encode())) as port:
        assert await fetch(client, f"http://127.0.0.1:{port}/") == (status, b"")


async def test_a_compressed_body_is_handed_over_as_it_came(client: session.Session) -> None:
    body = gzip.compress(b"picture")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    async with origin(sending(head.encode() + body)) as port:
        assert await fetch(client, f"http://127.0.0.1:{port}/") == (200, body)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 " + b"a" * 100_000 + b"\r\n\r\n",
    ],
    ids=lambda answer: repr(answer[:40]),
)
async def test_an_answer_that_is_not_http_is_unreachable_for_now(
    answer: bytes, client: session.Session
) -> None:
    async with origin(sending(answer)) as port:
        with pytest.raises(errors.Unreachable) as failed:
            await fetch(client, f"http://127.0.0.1:{port}/?token=secret")
    assert failed.value.transient
    assert "secret" not in failed.value.reason


@pytest.mark.parametrize(
    "answer",
    [
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
    ],
    ids=["short", "cut chunk", "no last chunk"],
)
async def test_a_body_that_ends_early_is_truncated_and_may_be_tried_again(
    answer: Talk, client: session.Session
) -> None:
    async with origin(answer) as port:
        with pytest.raises(errors.Truncated) as failed:
            await fetch(client, f"http://127.0.0.1:{port}/")
    assert failed.value.transient


async def test_a_connection_reset_in_the_body_is_truncated(client: session.Session) -> None:
    head_was_read = asyncio.Event()

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await sending(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")(head, reader, writer)
        await head_was_read.wait()
        linger = struct.pack("ii", 1, 0)  # closing sends RST
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with origin(talk) as port:
        url = urls.parse(f"http://127.0.0.1:{port}/")
        with pytest.raises(errors.Truncated) as failed:  # noqa: PT012 - both parts belong to it
            async with client.get(url, {}, timeout=20) as response:
                head_was_read.set()
                await response.read()
    assert failed.value.transient


async def test_a_chunk_without_a_size_may_be_tried_again(client: session.Session) -> None:
    answer = sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n")
    async with origin(answer) as port:
        with pytest.raises((errors.Truncated, errors.Unreachable)) as failed:
            await fetch(client, f"http://127.0.0.1:{port}/")
    assert failed.value.transient


@pytest.mark.parametrize("talk", [stay_silent, stall_in_the_body])
async def test_an_origin_that_stalls_before_or_in_the_body_is_a_timeout(
    talk: Talk, client: session.Session
) -> None:
    async with origin(talk) as port:
        with pytest.raises(errors.Timeout) as failed:
            await fetch(client, f"http://127.0.0.1:{port}/", wait=0.2)
    assert failed.value.transient


async def test_a_closed_port_is_unreachable_for_now(client: session.Session) -> None:
    async with origin(stay_silent) as port:
        pass
    with pytest.raises(errors.Unreachable) as failed:
        await fetch(client, f"http://127.0.0.1:{port}/")
    assert failed.value.transient
    assert "127.0.0.1" not in failed.value.reason


# No name service knows a label of 64 characters, and nobody is asked for it.
NAMELESS = urls.Url("http://x/", "http", f"{'x' * 64}.example.com", 80, "http://x:80")


async def test_a_failure_to_resolve_belongs_to_each_who_asked(client: session.Session) -> None:
    async def ask() -> errors.Unreachable:
        with pytest.raises(errors.Unreachable) as failed:
            async with client.get(NAMELESS, {}, timeout=20):
                pass
        return failed.value

    one, other = await asyncio.gather(ask(), ask())
    one.redirected = True  # as a fetch notes it
    assert (other.reason, other.redirected) == (one.reason, False)


async def test_a_failure_to_resolve_that_nobody_waits_for_is_no_fault(
    client: session.Session,
) -> None:
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))

    async def ask() -> None:
        async with client.get(NAMELESS, {}, timeout=20):
            pass

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    (name,) = (task for task in asyncio.all_tasks() if "Resolver.resolve" in repr(task.get_coro()))
    asking.cancel()
    await asyncio.wait({asking, name})
    del name
    gc.collect()
    assert faults == []


@pytest.mark.parametrize(
    "raised", [OSError(28, "disk full"), errors.TooLarge("too large"), ValueError("other")]
)
async def test_what_the_caller_raises_while_it_reads_stays_what_it_is(
    raised: Exception, client: session.Session
) -> None:
    async with origin(stall_in_the_body) as port:
        with pytest.raises(type(raised)) as caught:
            async with client.get(urls.parse(f"http://127.0.0.1:{port}/"), {}, timeout=20):
                raise raised
    assert caught.value is raised


async def test_an_error_handled_before_is_not_taken_for_the_one_now(
    client: session.Session,
) -> None:
    async with origin(stay_silent) as port:
        pass
    try:
        raise errors.TooLarge("earlier")  # noqa: TRY301 - the case is a handled error
    except errors.TooLarge:
        with pytest.raises(errors.Unreachable):
            await fetch(client, f"http://127.0.0.1:{port}/")


async def test_a_body_that_is_not_read_gives_no_connection_to_the_next(
    client: session.Session,
) -> None:
    async with origin(stall_in_the_body) as port:
        url = urls.parse(f"http://127.0.0.1:{port}/")
        for _ in range(3):
            async with client.get(url, {}, timeout=20) as response:
                assert await response.some() == b"abc"


@pytest.mark.parametrize(
    ("subject", "is_trusted", "reason"),
    [
        (("localhost", certificates.FOR_LONG), True, None),
        (("localhost", certificates.FOR_LONG), False, "TLS: certificate is not trusted"),
        (("localhost", certificates.LONG_AGO), True, "TLS: certificate has expired"),
        (
            ("other.example.com", certificates.FOR_LONG),
            True,
            "TLS: certificate is for another name",
        ),
    ],
)
async def test_a_certificate_must_be_trusted_in_date_and_for_the_name(
    subject: tuple[str, str],
    is_trusted: bool,
    reason: str | None,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = certificates.certificate(tmp_path, *subject)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(made))
    client = session.Session(RULE, user_agent="test")
    answer = sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    try:
        async with origin(answer, certificates.serving(made)) as port:
            if reason is None:
                assert await fetch(client, f"https://localhost:{port}/") == (200, b"ok")
                return
            with pytest.raises(errors.Unreachable) as failed:
                await fetch(client, f"https://localhost:{port}/")
        assert failed.value.reason == reason
        assert not failed.value.transient
    finally:
        await client.close()


async def test_tls_asks_for_the_http_that_we_speak(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificates.certificate(tmp_path, "localhost", certificates.FOR_LONG)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    context = certificates.serving(made)
    context.set_alpn_protocols(["h2", "http/1.1"])
    chosen: list[str | None] = []

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await sending(b"HTTP/1.1 204 No Content\r\n\r\n")(head, reader, writer)

    client = session.Session(RULE, user_agent="test")
    try:
        async with origin(talk, context) as port:
            await fetch(client, f"https://localhost:{port}/")
    finally:
        await client.close()
    assert chosen == ["http/1.1"]


async def test_a_server_that_speaks_no_tls_is_unreachable_for_now(
    client: session.Session,
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        with pytest.raises(errors.Unreachable) as failed:
            await fetch(client, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    finally:
        server.close()
        await server.wait_closed()
    assert failed.value.transient
