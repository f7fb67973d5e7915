"""A worker never has more fetched, or on its way, than it may lose: the rest waits for commits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.origins import hostile
from wirephoto import errors, model
from wirephoto.pipeline.steps import bound, chunk
from wirephoto.pipeline.storage import store

CHUNKS = 5
PICTURES = 64 * CHUNKS


@dataclass
class Watched:
    """The desk's storage. What was asked for and is not committed, seen before each put."""

    desk: Desk
    inner: store.Store
    uncommitted: list[int] = field(default_factory=list)

    async def put_all(
        self, items: Sequence[tuple[str, model.Body, str]]
    ) -> list[errors.StorageFailed | None]:
        committed = ledger.value(self.desk.url, "select count(*) from results")
        self.uncommitted.append(self.desk.origin.requests.total() - int(committed))
        return await self.inner.put_all(items)


async def test_several_chunks_at_once_share_one_bound(desk: Desk) -> None:
    watched = Watched(desk, desk.services.store)
    services = replace(desk.services, store=watched)  # type: ignore[arg-type]  # puts alone
    chunks = desk.job(desk.pictures(PICTURES))
    await asyncio.gather(*(chunk.import_chunk(services, one) for one in chunks))

    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", PICTURES)
    assert desk.origin.requests.total() == PICTURES
    assert max(watched.uncommitted) <= bound.MOST
    assert len(watched.uncommitted) <= 4 * CHUNKS, "parts are worth a transaction"


async def test_chunks_of_many_origins_that_fill_the_bound_together_go_on(desk: Desk) -> None:
    """None of them has gathered a part of its own when there is no place left."""
    async with hostile.Origin("0.0.0.0") as origin, asyncio.timeout(60):
        hosts = [f"127.0.0.{number}:{origin.port}" for number in range(1, 9)]
        urls = [f"http://{hosts[n % 8]}/jpeg/{n}?size=2000" for n in range(PICTURES)]
        await asyncio.gather(*(desk.work_off(one) for one in desk.job(urls)))
    ledger.assert_whole(desk.url, desk.storage, f"job{desk.jobs[0]}", PICTURES)
