"""Leases of an origin's connections: the limit holds over all workers, even the silent ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import psycopg
import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto.db import origins, workers
from wirephoto.pipeline.fetch import pace
from wirephoto.worker import rescue

ORIGIN = "http://pictures.example"
LIMIT = 16


async def register(desk: Desk, count: int) -> list[int]:
    """Workers beside the desk's own, which is taken away."""
    ledger.rows(desk.url, "delete from workers")
    async with desk.worker.database.connection() as connection:
        return [
            await workers.register(connection, host="here", pid=n, release="1")
            for n in range(count)
        ]


async def ask(
    desk: Desk, worker: int, used: int = 0, wanted: int = 64, urgent: int = 0
) -> origins.Lease:
    async with desk.worker.database.connection() as connection:
        asks = {ORIGIN: origins.Ask(used, wanted, urgent)}
        (lease,) = await origins.lease(connection, worker, asks, LIMIT, probe_seconds=30)
    return lease


async def ask_at_once(desk: Desk, asking: Sequence[int]) -> list[int]:
    leases = await asyncio.gather(*(ask(desk, worker) for worker in asking))
    return [lease.connections for lease in leases]


async def one_more(desk: Desk) -> int:
    async with desk.worker.database.connection() as connection:
        return await workers.register(connection, host="here", pid=99, release="1")


def held(desk: Desk) -> int:
    return int(ledger.value(desk.url, "select coalesce(sum(connections), 0) from origin_leases"))


async def let_go(one: pace.Pace) -> None:
    """Until it has given back what no chunk has use for."""
    async with asyncio.timeout(10):
        while one.known:
            await one.keep()
            await asyncio.sleep(0.05)


def fall_silent(desk: Desk, worker: int) -> None:
    silent = "update workers set heartbeat_at = now() - interval '31 seconds' where id = %s"
    ledger.rows(desk.url, silent, worker)


@pytest.mark.parametrize("count", [1, 2, 5, 10, 16, 40])
async def test_the_limit_holds_however_many_workers_ask_at_once(desk: Desk, count: int) -> None:
    asking = await register(desk, count)
    for _ in range(3):
        granted = await ask_at_once(desk, asking)
        assert 1 <= sum(granted) <= LIMIT
        assert held(desk) == sum(granted)
    for worker in asking:
        await ask(desk, worker)
    assert min(LIMIT, count) <= held(desk) <= LIMIT


@pytest.mark.parametrize(("count", "shares"), [(4, [4] * 4), (10, [2] * 6 + [1] * 4)])
async def test_workers_share_the_limit_and_leave_nothing_unused(
    desk: Desk, count: int, shares: list[int]
) -> None:
    asking = await register(desk, count)
    for _ in range(2):  # who asked first had all, and comes down by and by
        for worker in asking:
            await ask(desk, worker)
    assert sorted(await ask_at_once(desk, asking), reverse=True) == shares


async def test_nobody_leases_more_than_there_is_use_for(desk: Desk) -> None:
    first, second = await register(desk, 2)
    assert (await ask(desk, first, wanted=3)).connections == 3
    assert (await ask(desk, second)).connections == 12


@pytest.mark.parametrize(("limit", "most"), [(16, 12), (4, 3), (2, 1), (1, 1)])
async def test_one_of_several_workers_never_has_it_all(desk: Desk, limit: int, most: int) -> None:
    granted = []
    async with desk.worker.database.connection() as connection:
        for worker in await register(desk, 2):
            asks = {ORIGIN: origins.Ask(0, 64)}
            (lease,) = await origins.lease(connection, worker, asks, limit, probe_seconds=30)
            granted.append(lease.connections)
    assert granted == [most, limit - most]


async def test_who_comes_late_waits_until_another_asks_again(desk: Desk) -> None:
    (first,) = await register(desk, 1)
    assert (await ask(desk, first)).connections == LIMIT
    late = await one_more(desk)
    assert (await ask(desk, late)).connections == 0
    assert (await ask(desk, first, used=3)).connections == LIMIT // 2
    assert (await ask(desk, late)).connections == LIMIT // 2


async def spread(desk: Desk, count: int) -> list[int]:
    """As many workers as connections, each with one and with use for many."""
    asking = await register(desk, count)
    shares = list[int]()
    while set(shares) != {1}:  # who asked first had most, and comes down
        shares = [(await ask(desk, worker, used=1)).share for worker in asking]
    return asking


async def test_a_first_chunk_gets_what_it_needs_from_as_many_as_it_takes(desk: Desk) -> None:
    holders = await spread(desk, LIMIT)
    small = await one_more(desk)
    async with calls(desk) as heard:
        assert (await ask(desk, small, wanted=64, urgent=3)).connections == 0
        assert await heard() == origins.Call(True, small, ORIGIN)
        shares = [(await ask(desk, worker, used=1)).share for worker in holders]
        assert shares == [0] * 3 + [1] * 13
        assert (await ask(desk, small, wanted=64, urgent=3)).connections == 0
        for worker in holders[:3]:
            await ask(desk, worker, used=0)
            assert await heard() == origins.Call(False, worker, ORIGIN)
    assert (await ask(desk, holders[4], used=1)).share == 1
    assert (await ask(desk, holders[0], used=0)).connections == 0
    assert (await ask(desk, small, wanted=64, urgent=3)).connections == 3
    assert held(desk) == LIMIT


async def test_first_chunks_leave_a_quarter_to_the_others_and_share_the_rest(desk: Desk) -> None:
    first, *others = await register(desk, 4)
    for _ in range(2):
        for worker in others:
            await ask(desk, worker, urgent=64)
        await ask(desk, first)
    assert [(await ask(desk, worker, urgent=64)).connections for worker in others] == [4, 4, 4]
    assert (await ask(desk, first)).connections == LIMIT - 12


async def test_what_was_urgent_and_is_asked_for_no_more_takes_nothing(desk: Desk) -> None:
    holders = await spread(desk, LIMIT)
    small = await one_more(desk)
    await ask(desk, small, wanted=3, urgent=3)
    ledger.rows(
        desk.url,
        "update origin_leases set asked_at = now() - interval '6 seconds' where worker_id = %s",
        small,
    )
    assert [(await ask(desk, worker, used=1)).share for worker in holders] == [1] * LIMIT


@contextlib.asynccontextmanager
async def calls(desk: Desk) -> AsyncIterator[Callable[[], Awaitable[origins.Call]]]:
    """The next call that workers hear of."""
    queue: asyncio.Queue[origins.Call] = asyncio.Queue()
    listening = asyncio.Event()

    async def listen() -> None:
        async with desk.worker.database.connection() as connection:
            heard = origins.calls(connection)
            await connection.execute("listen origin_leases")
            listening.set()
            async for call in heard:
                queue.put_nowait(call)

    async def heard() -> origins.Call:
        async with asyncio.timeout(10):
            return await queue.get()

    task = asyncio.create_task(listen())
    await listening.wait()
    try:
        yield heard
        assert queue.empty()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_connections_in_use_are_not_taken_away_but_asked_for(desk: Desk) -> None:
    (first,) = await register(desk, 1)
    await ask(desk, first)
    second = await one_more(desk)
    assert (await ask(desk, second)).connections == 0
    lease = await ask(desk, first, used=12)
    assert (lease.connections, lease.share) == (12, LIMIT // 2)
    assert (await ask(desk, second)).connections == LIMIT - 12


async def test_the_lease_of_a_dead_worker_comes_back(desk: Desk) -> None:
    (dead,) = await register(desk, 1)
    assert (await ask(desk, dead)).connections == LIMIT
    heir = await one_more(desk)
    assert (await ask(desk, heir)).connections == 0
    fall_silent(desk, dead)
    assert (await ask(desk, heir)).connections == LIMIT


@pytest.mark.parametrize("buried", [False, True])
async def test_a_worker_that_is_silent_but_there_keeps_its_lease(desk: Desk, buried: bool) -> None:
    (stopped,) = await register(desk, 1)
    async with await psycopg.AsyncConnection.connect(
        desk.url, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as session:
        await workers.hold_presence(session, stopped)
        assert (await ask(desk, stopped)).connections == LIMIT
        heir = await one_more(desk)
        fall_silent(desk, stopped)
        if buried:
            ledger.rows(desk.url, "delete from workers where id = %s", stopped)
        assert (await ask(desk, heir)).connections == 0
    async with asyncio.timeout(10):  # the server notices the end of the session by itself
        while (await ask(desk, heir)).connections < LIMIT:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)


async def test_a_worker_that_is_stopped_for_ten_minutes_loses_its_lease(desk: Desk) -> None:
    (stopped,) = await register(desk, 1)
    async with await psycopg.AsyncConnection.connect(
        desk.url, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as session:
        await workers.hold_presence(session, stopped)
        await ask(desk, stopped)
        heir = await one_more(desk)
        fall_silent(desk, stopped)
        ledger.rows(desk.url, "update origin_leases set asked_at = now() - interval '11 minutes'")
        assert (await ask(desk, heir)).connections == LIMIT


async def test_a_heartbeat_survives_the_end_of_its_session(desk: Desk) -> None:
    presence = desk.worker.presence
    assert await presence.beat() is not None
    here = "pg_locks where locktype = 'advisory' and classid = 1886547811 and objid = %s"
    assert ledger.rows(desk.url, f"select pg_terminate_backend(pid) from {here}", desk.worker.id)
    assert await presence.beat() is not None
    assert ledger.value(desk.url, f"select count(*) from {here}", desk.worker.id) == 1


async def test_many_paces_never_hold_more_than_the_limit_between_them(desk: Desk) -> None:
    session = desk.services.origins.session
    paces = [
        pace.Pace(desk.worker.database, worker, session, connection_limit=LIMIT)
        for worker in await register(desk, 6)
    ]
    open_now, most = 0, 0

    async def chunk(one: pace.Pace) -> None:
        nonlocal open_now, most
        turn = one.turn(first=True)
        async with one.leased({ORIGIN: range(4)}, turn):
            for _ in range(4):
                async with one.slot(ORIGIN, turn) as slot:
                    assert slot is not None
                    open_now += 1
                    most = max(most, open_now)
                    await asyncio.sleep(0)
                    open_now -= 1

    for one in paces:
        one.heard(600)
    waiting = asyncio.gather(*(chunk(one) for one in paces for _ in range(5)))
    while not waiting.done():
        await asyncio.gather(*(one.keep() for one in paces))
    await waiting
    assert 0 < most <= LIMIT
    for one in paces:
        await let_go(one)
    assert held(desk) == 0


async def test_a_worker_gives_up_its_connection_after_the_request_that_it_serves(
    desk: Desk,
) -> None:
    session = desk.services.origins.session
    holder, small = (
        pace.Pace(desk.worker.database, worker, session, connection_limit=1)
        for worker in await register(desk, 2)
    )
    order = list[str]()
    begun, served = asyncio.Event(), asyncio.Event()

    async def chunk(one: pace.Pace, name: str, requests: int, *, first: bool) -> None:
        turn, queue = one.turn(first=first), list(range(requests))
        async with one.leased({ORIGIN: queue}, turn):
            while queue:
                async with one.slot(ORIGIN, turn) as slot:
                    assert slot is not None
                    queue.pop()
                    order.append(name)
                    begun.set()
                    await served.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for one in (holder, small):
            one.heard(600)
        loops = [
            group.create_task(loop())
            for one in (holder, small)
            for loop in (one.listen, one.answer)
        ]
        big = group.create_task(chunk(holder, "big", 3, first=False))
        await begun.wait()
        await listening(desk, 2)
        quick = group.create_task(chunk(small, "small", 2, first=True))
        while not any(one.called for one in holder._shares.values()):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        served.set()
        await quick
        assert order == ["big", "small", "small"]
        await let_go(small)
        while not big.done():
            await holder.keep()
            await asyncio.sleep(0.01)
        for loop in loops:
            loop.cancel()
    assert order == ["big", "small", "small", "big", "big"]


async def listening(desk: Desk, count: int) -> None:
    """Until so many sessions wait for calls."""
    query = (
        "select count(*) from pg_stat_activity where query = 'listen origin_leases'"
        " and state = 'idle' and datname = current_database()"
    )
    while ledger.value(desk.url, query) < count:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.01)


async def test_a_worker_that_lost_its_heartbeat_opens_nothing_new(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    desk.worker.pace.heard(-1)
    await desk.work_off(chunk)
    assert desk.origin.requests.total() == 0
    (later,) = desk.chunks(desk.jobs[0])
    assert (later["positions"], later["tries"]) == ([0, 1, 2], 0)


async def test_a_worker_that_loses_its_heartbeat_closes_what_is_open(desk: Desk) -> None:
    (chunk,) = desk.job([desk.origin.url(f"/jpeg/{n}?after=9") for n in range(3)])
    desk.worker.pace.heard(0.5)
    await desk.work_off(chunk)
    assert desk.origin.requests.total() == 3
    (later,) = desk.chunks(desk.jobs[0])
    assert (later["positions"], later["tries"]) == ([0, 1, 2], 0)


async def test_origins_that_nobody_needs_are_forgotten(desk: Desk) -> None:
    names = [f"http://{n}.example:80" for n in range(1000)]
    turn = desk.worker.pace.turn(first=True)
    async with desk.worker.pace.leased(dict.fromkeys(names, range(1)), turn):
        assert held(desk) == 1000
    await let_go(desk.worker.pace)
    assert held(desk) == 0
    assert not desk.worker.pace.known
    assert ledger.value(desk.url, "select count(*) from origins") == 0


async def test_leases_of_the_dead_and_old_moods_are_tidied_away(desk: Desk) -> None:
    (dead,) = await register(desk, 1)
    await ask(desk, dead)
    ledger.rows(desk.url, "delete from workers")
    ledger.rows(desk.url, "update origin_leases set asked_at = now() - interval '2 minutes'")
    insert = "insert into origins (name, unreachable, parked_at, probe_at, changed_at) values"
    ledger.rows(desk.url, f"{insert} ('well', 0, null, null, now() - interval '2 minutes')")
    ledger.rows(desk.url, f"{insert} ('away', 20, now(), now(), now() - interval '2 minutes')")
    ledger.rows(desk.url, f"{insert} ('old', 20, now(), now(), now() - interval '2 days')")
    await rescue.tidy(desk.worker.database, desk.worker.app)
    assert held(desk) == 0
    assert [row["name"] for row in ledger.rows(desk.url, "select name from origins")] == ["away"]
