"""Who may try what now: limits over all workers, turns, and claims that die with their worker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.fixtures import ledger, post
from wirephoto.db import deliveries, pool, workers
from wirephoto.pipeline.webhook import courier

LIMITS = courier.LIMITS


@dataclass
class Office:
    """Workers that claim, and what is there to claim."""

    database: pool.Pool
    post: post.Post
    workers: list[int] = field(default_factory=list)

    async def hire(self, count: int) -> None:
        async with self.database.connection() as connection:
            for number in range(count):
                self.workers.append(
                    await workers.register(connection, host="here", pid=number, release="1")
                )

    async def claim(
        self, worker: int = 0, held: Sequence[deliveries.Delivery] = ()
    ) -> list[deliveries.Delivery]:
        async with self.database.connection() as connection:
            ids = [one.id for one in held]
            return await deliveries.claim(connection, self.workers[worker], ids, LIMITS)

    def sql(self, statement: str, *values: object) -> None:
        ledger.rows(self.post.url, statement, *values)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with pool.opened(database_url, most=8, application="test") as database:
        opened = Office(database, post.Post(database_url))
        await opened.hire(1)
        yield opened


def origins(claimed: Sequence[deliveries.Delivery]) -> Counter[str]:
    return Counter(one.url.split("/")[2] for one in claimed)


async def test_an_endpoint_gets_a_few_tries_at_once_over_all_workers(office: Office) -> None:
    office.post.write(*["http://a.example/hook"] * 50)
    await office.hire(7)
    for _ in range(3):
        claimed = await asyncio.gather(*(office.claim(worker) for worker in range(8)))
        total = sum(len(each) for each in claimed)
        assert total <= LIMITS.per_endpoint
        office.sql("update deliveries set worker_id = null")
        assert total == LIMITS.per_endpoint


async def test_no_delivery_is_claimed_by_two_workers(office: Office) -> None:
    office.post.write(*[f"http://{n}.example/{m}" for n in range(20) for m in range(3)])
    office.sql("update endpoints set slow = false")
    await office.hire(7)
    claimed = await asyncio.gather(*(office.claim(worker) for worker in range(8)))
    ids = [one.id for each in claimed for one in each]
    assert len(ids) == len(set(ids)) == 60


async def test_an_endpoint_that_hung_gets_one_try_at_a_time(office: Office) -> None:
    office.post.write(*["http://a.example/hook"] * 9)
    office.sql("update endpoints set slow = true, hung = true")
    claimed = await office.claim()
    assert len(claimed) == 1
    assert await office.claim(held=claimed) == []


async def test_paths_of_one_origin_share_its_limit(office: Office) -> None:
    office.post.write(*[f"http://a.example/{number}" for number in range(50)])
    assert len(await office.claim()) == LIMITS.per_origin


async def test_slow_and_unknown_endpoints_leave_half_of_the_slots_to_prompt_ones(
    office: Office,
) -> None:
    office.post.write(*[f"http://slow{number}.example/" for number in range(100)])
    slow = await office.claim()
    assert len(slow) == LIMITS.for_slow
    office.post.write(*[f"http://prompt{number}.example/" for number in range(100)])
    office.sql("update endpoints set slow = false where url like 'http://prompt%%'")
    prompt = await office.claim(held=slow)
    assert len(prompt) == LIMITS.slots - LIMITS.for_slow
    assert all(one.url.startswith("http://prompt") for one in prompt)
    assert await office.claim(held=[*slow, *prompt]) == []


async def test_projects_take_turns_however_many_endpoints_one_has(office: Office) -> None:
    office.post.write(*[f"http://{number}.example/" for number in range(200)], project="loud")
    office.post.write(*["http://calm.example/"] * 3, project="calm")
    office.sql("update endpoints set slow = false")
    claimed = await office.claim()
    assert len(claimed) == LIMITS.slots
    assert origins(claimed)["calm.example"] == 3


async def test_the_oldest_of_an_endpoint_goes_first(office: Office) -> None:
    written = office.post.write(*["http://a.example/"] * 9)
    office.sql("update deliveries set next_try_at = now() - interval '1 hour' where id = 7")
    claimed = await office.claim()
    assert {one.public_id for one in claimed} == {written[6], *written[:3]}


async def test_what_is_not_due_or_paused_is_not_claimed(office: Office) -> None:
    office.post.write(*["http://a.example/"] * 3)
    office.sql("update deliveries set next_try_at = now() + interval '1 second' where id = 1")
    office.sql("update deliveries set state = 'paused', next_try_at = null where id = 2")
    assert [one.id for one in await office.claim()] == [3]


async def test_a_claim_dies_with_the_heartbeat_of_its_worker(office: Office) -> None:
    office.post.write("http://a.example/")
    (first,) = await office.claim()
    await office.hire(1)
    office.sql(
        "update workers set heartbeat_at = now() - interval '29 seconds' where id = %s",
        office.workers[0],
    )
    assert await office.claim(1) == []
    office.sql(
        "update workers set heartbeat_at = now() - interval '31 seconds' where id = %s",
        office.workers[0],
    )
    (second,) = await office.claim(1)
    assert (second.public_id, second.attempt) == (first.public_id, first.attempt + 1)


async def test_a_claim_is_free_when_its_worker_is_buried_or_holds_it_no_more(
    office: Office,
) -> None:
    office.post.write("http://a.example/")
    held = await office.claim()
    assert await office.claim(held=held) == []
    assert [one.id for one in await office.claim()] == [held[0].id]
    await office.hire(1)
    office.sql("delete from workers where id = %s", office.workers[0])
    assert [one.id for one in await office.claim(1)] == [held[0].id]


@pytest.mark.parametrize(
    "fate", ["delete from workers", "update workers set heartbeat_at = '1970-01-01'"]
)
async def test_a_worker_that_is_taken_for_dead_claims_nothing(office: Office, fate: str) -> None:
    office.post.write("http://a.example/")
    office.sql(fate)
    assert await office.claim() == []


async def test_what_another_transaction_holds_up_holds_up_nothing_else(office: Office) -> None:
    office.post.write("http://a.example/", "http://b.example/")
    async with office.database.connection() as other, other.transaction():
        await other.execute("select from deliveries where id = 1 for update")
        assert [one.id for one in await asyncio.wait_for(office.claim(), 10)] == [2]


async def test_a_backlog_of_a_dead_endpoint_costs_others_no_look_at_each_of_it(
    office: Office,
) -> None:
    office.post.write(*["http://dead.example/"] * 2, "http://well.example/")
    office.sql(
        "insert into deliveries"
        " (public_id, job_id, project_id, url, body, endpoint_id, next_try_at)"
        " select 'many' || n, 0, project_id, url, body, endpoint_id, now() + n * interval '1 hour'"
        " from deliveries, generate_series(1, 20000) n where id = 1"
    )
    office.sql("analyze deliveries")
    office.sql("update endpoints set hung = true where url like '%%dead%%'")
    loop = asyncio.get_running_loop()
    claimed = await office.claim()
    begun = loop.time()
    for _ in range(20):
        await office.claim(held=claimed)
    assert (loop.time() - begun) / 20 < 0.1
    assert origins(claimed)["well.example"] == 1
