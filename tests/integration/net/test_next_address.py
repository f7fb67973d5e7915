"""A name has several addresses, and one that is dead: the next is tried, on the same place."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from wirephoto import errors
from wirephoto.net import addresses, connecting, lines, resolver, urls

RULE = addresses.Rule((ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")))
LIVE, SILENT, REFUSING, SILENT_6 = "127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"
SOON_SECONDS = 5.0  # before this, ten: the time for all addresses together


@contextlib.contextmanager
def silent(address: str, port: int) -> Iterator[None]:
    """A listener that takes no further connection: its queue is full."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family))
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket(family))
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield


@contextlib.asynccontextmanager
async def living() -> AsyncIterator[int]:
    """An origin at LIVE, which says nothing; its port."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), LIVE, 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the name service says; no name server can be had on this machine's own resolver."""
    said: list[str] = []

    async def resolve(self: resolver.Resolver, host: str) -> list[str]:
        return list(said)

    monkeypatch.setattr(resolver.Resolver, "resolve", resolve)
    return said


async def connect(port: int, places: lines.Lines, seconds: float = SOON_SECONDS) -> None:
    connector = connecting.Connector(RULE, connecting.Limits())
    try:
        async with asyncio.timeout(seconds):
            assert places.take()
            made = await connector.connect(urls.parse(f"http://name.example:{port}/"), places)
        assert places.open == 1
        made.abort()
    finally:
        await connector.close()


@pytest.mark.parametrize(
    "said",
    [
        [SILENT_6, LIVE],
        [SILENT, LIVE],
        [REFUSING, LIVE],
        [REFUSING, SILENT, SILENT_6, LIVE],
        [LIVE, SILENT_6],
    ],
    ids=["v6 is silent", "v4 is silent", "refused", "all but the last", "the first lives"],
)
async def test_a_dead_address_costs_a_moment_with_one_place_for_all(
    said: list[str], answers: list[str]
) -> None:
    answers += said
    async with living() as port:
        with silent(SILENT, port), silent(SILENT_6, port):
            await connect(port, lines.Lines(1))


async def test_a_place_is_free_again_when_no_address_is_there(answers: list[str]) -> None:
    answers += [REFUSING, "127.0.0.4"]
    places = lines.Lines(1)
    async with living() as port:
        with pytest.raises(errors.Unreachable, match="no connection"):
            await connect(port, places)
    async with asyncio.timeout(SOON_SECONDS):
        while not places.take():
            await places.turn()


async def test_what_was_too_slow_is_tried_again_for_longer(answers: list[str]) -> None:
    """Nobody answers within a quarter of a second, and one does after that."""
    answers += [SILENT, "127.0.0.5"]
    async with living() as port:
        with contextlib.ExitStack() as stack:
            full = stack.enter_context(contextlib.ExitStack())
            full.enter_context(silent(SILENT, port))
            stack.enter_context(silent("127.0.0.5", port))
            trying = asyncio.create_task(connect(port, lines.Lines(1), 9))
            await asyncio.sleep(0.6)  # both were tried
            full.close()
            server = await asyncio.start_server(lambda _, writer: writer.close(), SILENT, port)
            async with server:
                await trying
