"""``--repair`` removes what nobody refers to and is a day old, and nothing else."""

import hashlib
from pathlib import Path

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.integration.verify import proof
from wirephoto import model
from wirephoto.library import reindex
from wirephoto.pipeline.storage import keys
from wirephoto.verify import collector

_AGE = "update blobs set changed_at = changed_at - interval '25 hours'"


async def imported(desk: Desk, *urls: str) -> list[str]:
    """A finished job; the keys of its pictures."""
    for chunk in desk.job(urls):
        await desk.work_off(chunk)
    return [row["asset_key"] for row in desk.results(desk.jobs[-1])]


def stored(desk: Desk) -> set[str]:
    return set(ledger.objects(desk.storage))


async def test_a_replaced_picture_stays_for_a_day_and_goes_then(desk: Desk) -> None:
    old, other = await imported(desk, *desk.pictures(2))
    ledger.rows(desk.url, _AGE)
    new, _ = await imported(desk, *desk.pictures(1, first=7), *desk.pictures(1, first=1))
    assert (await proof.prove(desk, repair=True)).notes == [("unreferenced", old)]
    assert stored(desk) == {old, other, new}
    ledger.rows(desk.url, _AGE)
    assert (await proof.prove(desk, repair=True)).notes == [("removed", old)]
    assert stored(desk) == {other, new}
    assert await proof.prove(desk) == proof.Proof()


async def test_a_row_whose_object_went_after_the_database_was_dumped_is_taken_out(
    desk: Desk,
) -> None:
    (old,) = await imported(desk, *desk.pictures(1))
    await imported(desk, *desk.pictures(1, first=7))
    ledger.rows(desk.url, _AGE)
    (desk.storage / old).unlink()
    assert (await proof.prove(desk)).wrong == [("missing_object", old)]
    assert await proof.prove(desk, repair=True) == proof.Proof(notes=[("removed", old)])
    assert await proof.prove(desk) == proof.Proof()


async def test_what_a_reading_run_finds_stays_where_it_is(desk: Desk) -> None:
    (old,) = await imported(desk, *desk.pictures(1))
    (new,) = await imported(desk, *desk.pictures(1, first=7))
    ledger.rows(desk.url, _AGE)
    assert (await proof.prove(desk)).notes == [("unreferenced", old)]
    assert stored(desk) == {old, new}


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_put_that_was_broken_off_a_day_ago_is_removed(desk: Desk, is_there: bool) -> None:
    (chunk,) = desk.job(desk.pictures(1))
    work = await desk.take(chunk)
    assert work
    await desk.brought(work)
    (key,) = stored(desk)
    if not is_there:
        (desk.storage / key).unlink()
    assert (await proof.prove(desk, repair=True)).notes == []
    ledger.rows(desk.url, _AGE)
    assert (await proof.prove(desk, repair=True)).notes == [("removed", key)]
    assert stored(desk) == set()
    assert ledger.rows(desk.url, "select key from blobs") == []


def put(desk: Desk, content: bytes, named_for: bytes) -> str:
    secret = bytes(ledger.value(desk.url, "select storage_key from project_secrets"))
    key = keys.asset_key("default", secret, hashlib.sha256(named_for).digest(), model.Kind.PNG)
    path: Path = desk.storage / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return key


async def test_an_object_without_a_row_is_removed_when_its_bytes_prove_it_ours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept,) = await imported(desk, *desk.pictures(1))
    ours, other = put(desk, b"ours", b"ours"), put(desk, b"something else", b"not these bytes")
    young = await proof.prove(desk, repair=True)
    assert sorted(young.wrong) == sorted([("orphan_object", ours), ("orphan_object", other)])
    monkeypatch.setattr(collector, "DAY_SECONDS", -1.0)
    old = await proof.prove(desk, repair=True)
    assert old == proof.Proof([("orphan_object", other)], [("removed", ours)])
    assert stored(desk) == {kept, other}
    assert ledger.value(desk.url, "select count(*) from blobs") == 1


async def test_a_removal_that_was_broken_off_is_finished_by_the_next(desk: Desk) -> None:
    (old,) = await imported(desk, *desk.pictures(1))
    await imported(desk, *desk.pictures(1, first=7))
    ledger.rows(desk.url, _AGE)
    dying = collector.Collector(desk.worker.database, desk.services.store)
    await dying.claim([old])
    assert (await proof.prove(desk, repair=True)).notes == [("removal", old)]
    ledger.rows(desk.url, _AGE)
    assert (await proof.prove(desk, repair=True)).notes == [("removed", old)]
    assert old not in stored(desk)


async def test_nothing_is_deleted_on_a_claim_that_has_grown_old(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = await imported(desk, *desk.pictures(1))
    await imported(desk, *desk.pictures(1, first=7))
    ledger.rows(desk.url, _AGE)
    stopped = collector.Collector(desk.worker.database, desk.services.store)
    claim = await stopped.claim([old])
    assert [one.key for one in claim.pictures] == [old]
    woken = claim.until + 1
    monkeypatch.setattr(collector, "_now", lambda: woken)
    assert list(await stopped.delete(claim)) == []
    assert old in stored(desk)


async def test_what_is_searched_wrongly_is_made_anew(desk: Desk) -> None:
    await imported(desk, *desk.pictures(4))
    await reindex.look(desk.worker.database)
    right = "select * from entry_search order by entry_id"
    before = ledger.rows(desk.url, right)
    of = "entry_id = (select id from entries where external_id = '{}')"
    ledger.rows(desk.url, f"delete from entry_search where {of.format(0)}")
    ledger.rows(desk.url, f"update entry_search set version = 9 where {of.format(1)}")
    ledger.rows(desk.url, f"update entry_search set media_type = 'film' where {of.format(2)}")
    ledger.rows(desk.url, f"update entry_search set entry_id = 'nobody' where {of.format(3)}")
    found = await proof.prove(desk, repair=True)
    assert found == proof.Proof(notes=[("search_repaired", "search")])
    assert await proof.prove(desk) == proof.Proof()  # they wait, which is no fault
    await reindex.look(desk.worker.database)
    assert ledger.rows(desk.url, right) == before
    assert await proof.prove(desk) == proof.Proof()
