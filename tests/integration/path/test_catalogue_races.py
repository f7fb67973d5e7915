"""Jobs that carry the same pairs at once: entries never double, the last accepted decides."""

import asyncio

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk

PAIRS = 20
JOBS = 6


async def at_once(desk: Desk, chunks: list[int]) -> None:
    await asyncio.gather(*(desk.work_off(chunk) for chunk in chunks))
    for job in desk.jobs:  # what had nothing free at the origin came back as a later chunk
        while later := desk.chunks(job):
            await desk.work_off(later[0]["id"])


@pytest.mark.parametrize("turn", range(3))
async def test_the_last_accepted_decides_whoever_finishes_last(desk: Desk, turn: int) -> None:
    chunks = [desk.job(desk.pictures(PAIRS, first=job * 100))[0] for job in range(JOBS)]
    await at_once(desk, chunks[turn:] + chunks[:turn])

    entries = ledger.rows(desk.url, "select external_id, source_url, rank from entries")
    assert sorted(int(entry["external_id"]) for entry in entries) == list(range(PAIRS))
    assert {entry["rank"] for entry in entries} == {desk.jobs[-1]}
    last = set(desk.pictures(PAIRS, first=(JOBS - 1) * 100))
    assert {entry["source_url"] for entry in entries} == last
    for job in desk.jobs:
        rows = desk.results(job)
        assert [row["position"] for row in rows] == list(range(PAIRS))
        reasons = {(row["state"], row["reason"]) for row in rows}
        assert reasons <= {("success", None), ("skipped", "superseded by a later import")}
    assert {row["state"] for row in desk.results(desk.jobs[-1])} == {"success"}


async def test_the_same_pictures_at_once_are_one_entry_and_one_object_each(desk: Desk) -> None:
    chunks = [desk.job(desk.pictures(PAIRS))[0] for _ in range(JOBS)]
    await at_once(desk, chunks)
    rows = [row for job in desk.jobs for row in desk.results(job)]
    assert len(rows) == JOBS * PAIRS
    assert sum(row["state"] == "success" for row in rows) == PAIRS
    assert {row["reason"] for row in rows} <= {
        None,
        "already exists",
        "superseded by a later import",
    }
    assert ledger.value(desk.url, "select count(*) from entries") == PAIRS
    assert ledger.value(desk.url, "select max(version) from entries") == 1
    ledger.assert_stored(desk.url, ledger.objects(desk.storage))


async def test_a_later_import_that_was_first_is_not_overridden_by_an_earlier_one(
    desk: Desk,
) -> None:
    (earlier,) = desk.job(desk.pictures(2))
    (later,) = desk.job(desk.pictures(2, first=50))
    await desk.work_off(later)
    await desk.work_off(earlier)
    assert [(row["state"], row["reason"]) for row in desk.results(desk.jobs[0])] == [
        ("skipped", "superseded by a later import")
    ] * 2
    found = ledger.rows(desk.url, "select source_url from entries order by external_id")
    assert [row["source_url"] for row in found] == desk.pictures(2, first=50)


async def test_an_asset_that_changed_under_a_304_is_fetched_anew(desk: Desk) -> None:
    url = desk.origin.url("/etag")
    (first,) = desk.job([url])
    await desk.work_off(first)
    (second,) = desk.job([url])
    work = await desk.take(second)
    assert work
    kept = await desk.brought(work)
    assert kept.arrivals[0].asset is None  # the origin said 304
    elsewhere = desk.origin.url("/jpeg/1")
    ledger.rows(
        desk.url,
        "update entries set asset_key = 'default/00/other.jpg', source_url = %s",
        elsewhere,
    )
    await desk.settle(work, kept)
    assert desk.results(desk.jobs[1]) == []
    (again,) = desk.chunks(desk.jobs[1])
    await desk.work_off(again["id"])
    assert [row["state"] for row in desk.results(desk.jobs[1])] == ["success"]
    assert "if-none-match" not in desk.origin.log[-1].headers
