"""New pictures are described after their import, each once, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.files import shown
from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto.db import blobs, descriptions, pool
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.storage import keys
from wirephoto.renditions import describer


@pytest.fixture
async def describing(desk: Desk) -> AsyncIterator[describer.Describer]:
    """The worker's, in no haste to let others go first: the machine of a test is busy."""
    decoders = decoding.Decoders(replace(decoding.DESCRIBING, niceness=0))
    yield replace(desk.worker.describer, decoders=decoders)
    await decoders.close()


async def imported(desk: Desk, count: int = 3) -> list[str]:
    for chunk in desk.job([desk.origin.url(f"/jpeg/{n}?size=2000") for n in range(count)]):
        await desk.work_off(chunk)
    return [row["asset_key"] for row in desk.results(desk.jobs[-1])]


def looks(desk: Desk) -> dict[str, Any]:
    found = ledger.rows(desk.url, "select key, difference_hash, blurhash from descriptions")
    return {row["key"]: row for row in found}


def left(desk: Desk) -> list[list[str]]:
    found = ledger.rows(desk.url, "select keys from undescribed order by id")
    return [sorted(row["keys"]) for row in found]


def make(desk: Desk, key: str, data: bytes) -> None:
    """Put other bytes under a key, decodable ones."""
    (desk.storage / key).write_bytes(data)


async def test_what_an_import_brings_is_noted_in_its_transaction_and_described(
    desk: Desk, describing: describer.Describer
) -> None:
    pictures = await imported(desk)
    assert left(desk) == [sorted(pictures)]
    for key in pictures:
        make(desk, key, shown.turned(1))
    await describing.describe_due()
    assert left(desk) == []
    assert set(looks(desk)) == set(pictures)
    assert all(row["difference_hash"] is not None for row in looks(desk).values())
    await imported(desk)  # the same bytes once more
    assert left(desk) == []


async def test_a_picture_that_cannot_be_decoded_fails_alone_and_is_not_tried_again(
    desk: Desk, describing: describer.Describer
) -> None:
    good, bad, gone = await imported(desk)
    make(desk, good, shown.turned(1))
    make(desk, bad, b"\xff\xd8\xff not decodable")
    (desk.storage / gone).unlink()
    await describing.describe_due()
    assert left(desk) == []
    found = looks(desk)
    assert found[good]["blurhash"]
    assert found[bad]["difference_hash"] is None
    assert found[gone]["difference_hash"] is None


async def test_storage_that_is_away_costs_no_picture(
    desk: Desk, describing: describer.Describer
) -> None:
    pictures = await imported(desk)
    away = desk.storage.with_name("away")
    desk.storage.rename(away)
    desk.storage.write_text("no folder")
    await describing.describe_due()
    desk.storage.unlink()
    away.rename(desk.storage)
    assert left(desk) in ([], [sorted(pictures)])
    waiting = ledger.value(desk.url, "select count(*) from undescribed where due_at > now()")
    if waiting:  # some systems call a file in the place of a folder a missing object
        assert looks(desk) == {}


async def test_while_an_import_is_under_way_nothing_is_described_for_a_quarter_of_an_hour(
    desk: Desk, describing: describer.Describer
) -> None:
    await imported(desk)
    desk.job(desk.pictures(1, first=7))  # a chunk that waits for a worker
    await describing.describe_due()
    assert looks(desk) == {}
    ledger.rows(desk.url, "update undescribed set created_at = now() - interval '16 minutes'")
    await describing.describe_due()
    assert len(looks(desk)) == 3


async def test_an_import_that_comes_meanwhile_goes_first_and_what_is_left_costs_no_try(
    desk: Desk, describing: describer.Describer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = await imported(desk)
    look_up = descriptions.pictures

    async def then_somebody_posts(
        connection: pool.Connection, claim: descriptions.Claim
    ) -> list[blobs.Blob]:
        desk.job(desk.pictures(1, first=7))
        return await look_up(connection, claim)

    monkeypatch.setattr(descriptions, "pictures", then_somebody_posts)
    await describing.describe_due()
    assert looks(desk) == {}
    assert left(desk) == [sorted(pictures)]
    due = "select count(*) from undescribed where due_at <= now() and tries = 0"
    assert ledger.value(desk.url, due) == 1


async def test_what_is_overdue_is_described_beside_an_import_one_claim_at_a_time(
    desk: Desk, describing: describer.Describer
) -> None:
    for number in range(3):
        for chunk in desk.job(desk.pictures(2, first=2 * number)):
            await desk.work_off(chunk)
    desk.job(desk.pictures(1, first=7))
    ledger.rows(desk.url, "update undescribed set created_at = now() - interval '16 minutes'")
    await describing.describe_due()
    assert len(looks(desk)) == 2
    await describing.describe_due()
    assert len(looks(desk)) == 4


async def test_several_workers_share_what_is_due(
    desk: Desk, describing: describer.Describer
) -> None:
    for number in range(4):
        for chunk in desk.job(desk.pictures(2, first=2 * number)):
            await desk.work_off(chunk)
    describe = describing.describe_due
    await asyncio.gather(describe(), describe(), describe())
    assert len(looks(desk)) == 8
    assert left(desk) == []


async def test_what_a_killed_worker_claimed_comes_back_and_a_late_one_writes_no_row_away(
    desk: Desk, describing: describer.Describer
) -> None:
    await imported(desk)
    ledger.rows(
        desk.url, "update undescribed set tries = 1, due_at = now() + interval '15 minutes'"
    )
    await describing.describe_due()
    assert looks(desk) == {}
    ledger.rows(desk.url, "update undescribed set due_at = now()")
    await describing.describe_due()
    assert len(looks(desk)) == 3


async def test_who_is_to_stop_hands_back_what_is_left(
    desk: Desk, describing: describer.Describer
) -> None:
    pictures = await imported(desk)
    task = asyncio.create_task(describing.describe_due())
    claimed = "select sum(tries) from undescribed"
    while not ledger.value(desk.url, claimed):  # noqa: ASYNC110 - it is the database that knows
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    undone = set(pictures) - set(looks(desk))
    assert left(desk) == ([sorted(undone)] if undone else [])
    due = "select count(*) from undescribed where due_at <= now() and tries = 0"
    assert ledger.value(desk.url, due) == len(left(desk))


async def test_a_description_goes_with_its_picture(
    desk: Desk, describing: describer.Describer
) -> None:
    pictures = await imported(desk)
    await describing.describe_due()
    assert set(looks(desk)) == set(pictures)
    ledger.rows(desk.url, "delete from blobs where key = %s", pictures[0])
    assert set(looks(desk)) == set(pictures[1:])
    assert not any(map(keys.is_rendition, pictures))
