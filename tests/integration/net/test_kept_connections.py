"""When a connection serves once more, when it does not, and how an answer is put together."""

import asyncio
import contextlib
import gc
import ipaddress
import itertools
import tracemalloc
from collections.abc import AsyncIterator, Sequence

import hypothesis
import pytest
from hypothesis import strategies

from wirephoto import errors
from wirephoto.net import addresses, connecting, lines, session, urls

RULE = addresses.Rule((ipaddress.ip_network("127.0.0.0/8"),))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Origin:
    """Answers the n-th request, over all connections, by the n-th of ``answers``, then by the last.

    An answer is pieces to send; None closes the connection instead.
    """

    def __init__(self, *answers: Sequence[bytes | None]) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                number = min(len(self.requests), len(self._answers)) - 1
                for piece in self._answers[number]:
                    if piece is None:
                        writer.close()
                        return
                    writer.write(piece)
                    await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def running(*answers: Sequence[bytes | None]) -> AsyncIterator[tuple[Origin, urls.Url]]:
    origin = Origin(*answers)
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield origin, urls.parse(f"http://127.0.0.1:{port}/")
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def client() -> AsyncIterator[session.Session]:
    opened = session.Session(RULE, user_agent="test")
    yield opened
    await opened.close()


async def room(counted: lines.Lines) -> None:
    """Wait until one more may be opened, and count it."""
    while not counted.take():
        await counted.turn()


async def fetch(client: session.Session, url: urls.Url) -> tuple[int, bytes]:
    async with client.get(url, {}, timeout=20) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: trailer\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    ],
    ids=["length", "chunked", "early hints", "HTTP/1.0 that stays", "bare line feeds"],
)
async def test_a_connection_serves_again_once_its_answer_was_read(
    answer: bytes, client: session.Session
) -> None:
    async with running([answer]) as (origin, url):
        for _ in range(3):
            assert await fetch(client, url) == (200, b"ok")
    assert (origin.connections, len(origin.requests)) == (1, 3)


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_is_whole_with_its_head(
    status: int, client: session.Session
) -> None:
    head = f'HTTP/1.1 {status} Nothing\r\nETag: "1"\r\n\r\n'.encode()
    async with running([head]) as (origin, url):
        assert await fetch(client, url) == (status, b"")
        assert await fetch(client, url) == (status, b"")
    assert origin.connections == 1


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
        [b"HTTP/1.1 200 OK\r\n\r\nok", None],
        [b"HTTP/1.0 200 OK\r\n\r\n", b"o", b"k", None],
        [OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"],
        [OK + b"\x00\x01 what is this"],
    ],
    ids=["close", "HTTP/1.0", "ends with the connection", "in pieces", "a second", "rubbish"],
)
async def test_a_connection_serves_once_where_its_origin_says_or_shows_so(
    pieces: list[bytes | None], client: session.Session
) -> None:
    async with running(pieces) as (origin, url):
        for _ in range(2):
            assert await fetch(client, url) == (200, b"ok")
    assert origin.connections == 2


async def test_what_comes_unasked_ends_a_connection_and_is_no_answer(
    client: session.Session,
) -> None:
    async with running([OK, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse"], [OK]) as (
        origin,
        url,
    ):
        assert await fetch(client, url) == (200, b"ok")
        assert await fetch(client, url) == (200, b"ok")
    assert len(origin.requests) == 2


async def test_a_connection_that_ended_while_it_waited_costs_another_and_no_try(
    client: session.Session,
) -> None:
    counted = lines.Lines(1)
    async with running([OK, None], [OK]) as (origin, url):
        async with client.get(url, {}, timeout=20, lines=counted) as answer:
            assert await answer.read() == b"ok"
        await room(counted)  # its end has arrived
        assert await fetch(client, url) == (200, b"ok")
    assert len(origin.requests) == 2


async def test_one_try_is_one_request_also_on_a_connection_that_was_kept(
    client: session.Session,
) -> None:
    async with running([OK], [None]) as (origin, url):
        assert await fetch(client, url) == (200, b"ok")
        with pytest.raises(errors.Unreachable, match="unanswered") as failed:
            await fetch(client, url)
        assert failed.value.transient
    assert (origin.connections, len(origin.requests)) == (1, 2)


async def test_a_post_has_a_connection_of_its_own(client: session.Session) -> None:
    async with running([OK]) as (origin, url):
        assert await fetch(client, url) == (200, b"ok")
        async with client.post(url, {}, b"", timeout=20) as answer:
            assert await answer.read() == b"ok"
    assert origin.connections == 2


async def test_a_post_may_name_itself_otherwise_and_says_each_field_once(
    client: session.Session,
) -> None:
    async with running([OK]) as (origin, url):
        given = {"user-agent": "the project's own", "Authorization": "Bearer x"}
        async with client.post(url, given, b"", timeout=20) as answer:
            assert answer.status == 200
    fields = [line.partition(b":")[0].lower() for line in origin.requests[0].split(b"\r\n")]
    assert fields.count(b"user-agent") == 1
    assert b"user-agent: the project's own" in origin.requests[0]


async def test_nothing_is_kept_where_nothing_is_to_be() -> None:
    client = session.Session(RULE, user_agent="test", limits=session.Limits(keepalive=0))
    async with running([OK]) as (origin, url):
        for _ in range(2):
            assert await fetch(client, url) == (200, b"ok")
    await client.close()
    assert origin.connections == 2


async def test_a_head_as_large_as_browsers_take_is_read(client: session.Session) -> None:
    policy = b"Content-Security-Policy: " + b"p" * 30_000 + b"\r\n"
    fields = policy + b"".join(b"X-%d: y\r\n" % n for n in range(250))
    async with running([OK.replace(b"\r\n", b"\r\n" + fields, 1)]) as (_, url):
        assert await fetch(client, url) == (200, b"ok")


async def test_endless_interim_answers_are_no_http(client: session.Session) -> None:
    async with running([b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000) as (_, url):
        with pytest.raises(errors.Unreachable, match="not valid HTTP"):
            await fetch(client, url)


async def test_endless_trailers_are_an_answer_that_ended_early(client: session.Session) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
    async with running([head, *[b"X: y\r\n"] * 1000]) as (_, url):
        with pytest.raises(errors.Truncated):
            await fetch(client, url)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "failure"),
    [
        (b"HTTP/1.1 200 ", errors.Unreachable),
        (b"HTTP/1.1 200 OK\r\nX: ", errors.Unreachable),
        (CHUNKED + b"1;x=", errors.Truncated),
        (CHUNKED + b"0\r\nX: ", errors.Truncated),
    ],
    ids=["reason", "field", "chunk extension", "trailer"],
)
async def test_a_line_without_an_end_is_cut_off_when_it_is_too_long(
    begun: bytes, failure: type[errors.PictureError], client: session.Session
) -> None:
    async with running([begun, *[b"a" * 1000] * 500]) as (_, url):
        with pytest.raises(failure):  # and no Timeout
            async with client.get(url, {}, timeout=5) as answer:
                await answer.read()


async def test_an_interim_answer_with_a_body_is_no_http(client: session.Session) -> None:
    interim = b"HTTP/1.1 104 X\r\nContent-Length: 5\r\n\r\nfalse"
    async with running([interim + OK]) as (_, url):
        with pytest.raises(errors.Unreachable, match="not valid HTTP"):
            await fetch(client, url)


async def test_a_body_that_our_own_end_cuts_is_not_taken_for_whole(
    client: session.Session,
) -> None:
    begun = asyncio.Event()

    async def read(url: urls.Url) -> None:
        async with client.get(url, {}, timeout=20) as answer:
            assert await answer.some() == b"half"
            begun.set()
            await answer.read()

    async with running([b"HTTP/1.1 200 OK\r\n\r\nhalf"]) as (_, url):
        reading = asyncio.create_task(read(url))
        await begun.wait()
        await client.close()
        with pytest.raises(errors.Truncated):
            await reading


async def test_an_exchange_that_is_over_holds_nothing_of_its_body(
    client: session.Session,
) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(500_000)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        async with running([half]) as (_, url):
            for _ in range(20):
                async with client.get(url, {}, timeout=20) as answer:
                    await answer.some()
                    await asyncio.sleep(0.01)  # more of it comes
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert held < 4_000_000


@pytest.mark.parametrize("field", ["a\r\nX: b", "a\0b", "a\nb"])
async def test_a_field_that_would_be_two_is_never_sent(field: str, client: session.Session) -> None:
    async with running([OK]) as (origin, url):
        with pytest.raises(ValueError, match="cannot be sent"):
            client.get(url, {"If-None-Match": field}, timeout=20)
        with pytest.raises(ValueError, match="cannot be sent"):
            client.post(url, {field: "x"}, b"", timeout=20)
    assert origin.requests == []


async def test_a_large_body_waits_for_its_reader_outside_of_our_memory(
    client: session.Session,
) -> None:
    size, block = 64_000_000, bytes(1_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    came = 0
    async with (
        running([head, *[block] * 64]) as (_, url),
        client.get(url, {}, timeout=60) as answer,
    ):
        tracemalloc.start()
        async for piece in answer:
            came += len(piece)
            await asyncio.sleep(0)  # slower than the origin
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert came == size
    assert peak < 8_000_000, "server's block included"


async def test_a_connection_that_is_being_closed_is_given_to_nobody() -> None:
    connector = connecting.Connector(RULE, connecting.Limits())
    async with running([OK]) as (_, url):
        made = await connector.connect(url, lines.Lines(1))
        assert made.is_open
        made.abort()
        assert not made.is_open
        await made.closed()
    await connector.close()


async def test_connections_are_counted_until_their_end_has_arrived(
    client: session.Session,
) -> None:
    async with running([OK]) as (origin, url):
        counted = lines.Lines(1)

        async def one() -> None:
            async with client.get(url, {}, timeout=20, lines=counted) as answer:
                assert counted.open == 1
                await answer.read()

        async with asyncio.timeout(client.keepalive / 2):  # nobody waits for one to be put away
            await asyncio.gather(*(one() for _ in range(5)))
        assert origin.connections == 1, "the first serves those that wait"
        client.drop_idle({url.origin: 1})
        await room(counted)
        assert counted.open == 1, "ours alone"


WHOLE = [
    (b"HTTP/1.1 200 OK\r\nX: a\r\nContent-Length: 11\r\n\r\nhello world", b"hello world"),
    (
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n"
        ),
        b"hello world",
    ),
]


@hypothesis.settings(max_examples=60)
@hypothesis.given(
    which=strategies.sampled_from(WHOLE),
    cuts=strategies.lists(strategies.integers(1, 150), max_size=12),
)
def test_an_answer_is_the_same_however_it_is_cut(
    which: tuple[bytes, bytes], cuts: list[int]
) -> None:
    sent, body = which
    edges = [0, *sorted({cut for cut in cuts if cut < len(sent)}), len(sent)]
    pieces = [sent[start:end] for start, end in itertools.pairwise(edges)]

    async def trial() -> None:
        client = session.Session(RULE, user_agent="test")
        async with running(pieces) as (origin, url):
            assert await fetch(client, url) == (200, body)
            assert await fetch(client, url) == (200, body)
            assert origin.connections == 1
            await client.close()

    asyncio.run(trial())
