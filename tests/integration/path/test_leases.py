"""Leases of an origin's connections: the limit holds over all workers, the dead ones' come back."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto.db import origins, workers
from wirephoto.pipeline.fetch import pace

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


async def ask(desk: Desk, worker: int, busy: int = 0) -> int:
    async with desk.worker.database.connection() as connection:
        (lease,) = await origins.lease(connection, worker, {ORIGIN: busy}, LIMIT)
    return lease.connections


async def ask_at_once(desk: Desk, asking: Sequence[int]) -> list[int]:
    return list(await asyncio.gather(*(ask(desk, worker) for worker in asking)))


def held(desk: Desk) -> int:
    return int(ledger.value(desk.url, "select coalesce(sum(connections), 0) from origin_leases"))


@pytest.mark.parametrize("count", [1, 2, 5, 16, 40])
async def test_the_limit_holds_however_many_workers_ask_at_once(desk: Desk, count: int) -> None:
    asking = await register(desk, count)
    for _ in range(3):
        granted = await ask_at_once(desk, asking)
        assert min(LIMIT, count) <= sum(granted) <= LIMIT
        assert held(desk) == sum(granted)


async def test_workers_share_the_limit_evenly(desk: Desk) -> None:
    asking = await register(desk, 4)
    assert await ask_at_once(desk, asking) == [4, 4, 4, 4]


async def test_who_comes_late_waits_until_another_asks_again(desk: Desk) -> None:
    (first,) = await register(desk, 1)
    assert await ask(desk, first) == LIMIT
    async with desk.worker.database.connection() as connection:
        late = await workers.register(connection, host="here", pid=2, release="1")
    assert await ask(desk, late) == 0
    assert await ask(desk, first, busy=3) == LIMIT // 2
    assert await ask(desk, late) == LIMIT // 2


async def test_connections_in_use_are_not_taken_away(desk: Desk) -> None:
    first, second = await register(desk, 2)
    assert await ask(desk, first, busy=12) == 12
    assert await ask(desk, second) == LIMIT - 12


async def test_the_lease_of_a_dead_worker_comes_back(desk: Desk) -> None:
    (dead,) = await register(desk, 1)
    assert await ask(desk, dead) == LIMIT
    ledger.rows(desk.url, "update workers set heartbeat_at = now() - interval '31 seconds'")
    async with desk.worker.database.connection() as connection:
        heir = await workers.register(connection, host="here", pid=2, release="1")
    assert await ask(desk, heir) == LIMIT


async def test_many_paces_never_hold_more_than_the_limit_between_them(desk: Desk) -> None:
    paces = [
        pace.Pace(desk.worker.database, worker, connection_limit=LIMIT)
        for worker in await register(desk, 6)
    ]
    open_now, most = 0, 0

    async def chunk(one: pace.Pace) -> None:
        nonlocal open_now, most
        async with one.leased([ORIGIN]) as leases:
            for _ in range(min(4, leases[ORIGIN].connections)):
                async with one.slot(ORIGIN):
                    open_now += 1
                    most = max(most, open_now)
                    await asyncio.sleep(0)
                    open_now -= 1

    await asyncio.gather(*(chunk(one) for one in paces for _ in range(5)))
    assert 0 < most <= LIMIT
    assert held(desk) == 0


async def test_a_worker_that_lost_its_heartbeat_opens_nothing_new(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    desk.worker.pace.heard(-1)
    await desk.work_off(chunk)
    assert desk.origin.requests.total() == 0
    (later,) = desk.chunks(desk.jobs[0])
    assert (later["positions"], later["tries"]) == ([0, 1, 2], 0)
