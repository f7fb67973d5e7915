"""What is over goes after its time, and nothing that somebody still needs."""

import asyncio

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.integration.verify import proof
from wirephoto.db import accept, changes, retention
from wirephoto.retention import chores, removal
from wirephoto.verify import collector

_WAITING = (
    "select count(*) from pg_locks l join pg_stat_activity a using (pid)"
    " where not granted and a.datname = current_database()"
)
_TABLES = ("jobs", "images", "results", "deliveries", "delivery_tries")


async def imported(desk: Desk, *urls: str) -> int:
    """A finished job."""
    for chunk in desk.job(urls):
        await desk.work_off(chunk)
    return desk.jobs[-1]


def age(desk: Desk, job: int, days: int) -> None:
    ledger.rows(
        desk.url,
        "update jobs set finished_at = finished_at - make_interval(days => %s::int) where id = %s",
        days,
        job,
    )


def call(desk: Desk, job: int, state: str, days: int) -> None:
    """A webhook of a job, written so many days ago."""
    ledger.rows(desk.url, "update jobs set webhook = 'http://a.example/' where id = %s", job)
    ledger.rows(
        desk.url,
        "with made as (insert into deliveries (public_id, job_id, project_id, url, body, state,"
        " created_at) select 'd' || id, id, project_id, webhook, '{}', %s,"
        " now() - make_interval(days => %s::int) from jobs where id = %s returning id)"
        " insert into delivery_tries (delivery_id, number, milliseconds) select id, 1, 5 from made",
        state,
        days,
        job,
    )


def counts(desk: Desk) -> list[int]:
    return [int(ledger.value(desk.url, f"select count(*) from {table}")) for table in _TABLES]


def removing(desk: Desk, *, dry: bool = False) -> removal.Removal:
    return removal.Removal(desk.worker.database, desk.services.store, dry)


async def test_an_old_job_goes_with_all_its_rows_and_leaves_entries_and_histories(
    desk: Desk,
) -> None:
    old = await imported(desk, *desk.pictures(2))
    name = ledger.value(desk.url, "select public_id from jobs")
    call(desk, old, "delivered", 8)
    await imported(desk, *desk.pictures(1, first=7))
    entries = ledger.rows(desk.url, "select * from entries order by id")
    age(desk, old, 8)
    assert await removing(desk, dry=True).jobs(7) == retention.Jobs(1, 2)
    assert counts(desk) == [2, 3, 3, 1, 1]
    assert await removing(desk).jobs(7) == retention.Jobs(1, 2)
    assert counts(desk) == [1, 1, 1, 0, 0]
    assert ledger.rows(desk.url, "select * from entries order by id") == entries
    made = next(row["id"] for row in entries if row["created_by"] == old)
    async with desk.worker.database.connection() as connection:
        past = await changes.history(connection, made, before=None, limit=9)
    assert past[-1].job == name
    assert (await proof.prove(desk)).wrong == []


async def test_a_young_job_and_one_at_work_stay(desk: Desk) -> None:
    young = await imported(desk, *desk.pictures(1))
    age(desk, young, 6)
    desk.job(desk.pictures(1))
    assert await removing(desk).jobs(7) == retention.Jobs()
    assert counts(desk)[0] == 2


@pytest.mark.parametrize(
    ("state", "days", "goes"),
    [
        ("pending", 400, False),
        ("paused", 29, False),
        ("paused", 31, True),
        ("failed", 1, True),
        ("delivered", 1, True),
    ],
)
async def test_a_webhook_that_is_due_holds_its_job_back(
    desk: Desk, state: str, days: int, goes: bool
) -> None:
    job = await imported(desk, *desk.pictures(1))
    call(desk, job, state, days)
    age(desk, job, 400)
    assert (await removing(desk).jobs(1)).jobs == int(goes)
    assert counts(desk)[3] == int(not goes)


async def test_a_job_that_is_just_being_retried_stays_and_its_retry_is_whole(desk: Desk) -> None:
    job = await imported(desk, *desk.pictures(1))
    age(desk, job, 8)
    project, name = ledger.rows(desk.url, "select project_id, public_id from jobs")[0].values()
    async with desk.worker.database.connection() as one, one.transaction():
        assert await accept.find_source(one, project, name)
        assert await removing(desk).jobs(7) == retention.Jobs()
    assert await removing(desk).jobs(7) == retention.Jobs(1, 1)


async def test_a_retry_that_comes_during_the_removal_finds_no_job(desk: Desk) -> None:
    job = await imported(desk, *desk.pictures(1))
    age(desk, job, 8)
    project, name = ledger.rows(desk.url, "select project_id, public_id from jobs")[0].values()
    async with desk.worker.database.connection() as one, desk.worker.database.connection() as two:
        async with one.transaction():
            await retention.remove_jobs(one, 7)
            late = asyncio.create_task(accept.find_source(two, project, name))
            while not ledger.value(desk.url, _WAITING):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        assert await late is None


async def test_more_than_a_transaction_takes_goes_in_pieces(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_IMAGES", 2)
    for _ in range(3):
        age(desk, await imported(desk, *desk.pictures(3)), 8)
    assert await removing(desk).some_jobs(7) == retention.Jobs(1, 3)
    assert await removing(desk).jobs(7) == retention.Jobs(2, 6)


async def test_pictures_go_when_no_entry_referred_to_them_for_their_days(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_PICTURES", 2)
    await imported(desk, *desk.pictures(3))
    await imported(desk, *desk.pictures(2, first=7))
    before = set(ledger.objects(desk.storage))
    ledger.rows(desk.url, "update blobs set changed_at = changed_at - interval '49 hours'")
    assert (await removing(desk).pictures(3)).pictures == 0
    dry = await removing(desk, dry=True).pictures(2)
    assert dry.pictures == 2
    assert dry.bytes > 0
    assert set(ledger.objects(desk.storage)) == before
    assert (await removing(desk).pictures(2)).pictures == 2
    assert len(ledger.objects(desk.storage)) == 3
    assert (await proof.prove(desk)) == proof.Proof()


async def test_a_picture_that_an_import_takes_up_meanwhile_stays(desk: Desk) -> None:
    await imported(desk, *desk.pictures(1))
    await imported(desk, *desk.pictures(1, first=7))
    ledger.rows(desk.url, "update blobs set changed_at = changed_at - interval '25 hours'")
    async with desk.worker.database.connection() as connection:
        found = await retention.unused(connection, "", 1)
    assert len(found.keys) == 1
    await imported(desk, *desk.pictures(1))
    removed = await collector.Collector(desk.worker.database, desk.services.store).collect(
        found.keys
    )
    assert removed == []
    assert (await proof.prove(desk)).wrong == []


async def test_workers_remove_nothing_without_a_period_and_one_of_them_with_one(desk: Desk) -> None:
    age(desk, await imported(desk, *desk.pictures(1)), 8)
    database, store = desk.worker.database, desk.services.store
    await chores.remove_jobs(database, store, removal.Periods())
    assert counts(desk)[0] == 1
    both = removal.Periods(job_days=7, picture_days=7)
    await chores.remove_jobs(database, store, both)
    await chores.remove_pictures(database, store, both)
    assert counts(desk)[0] == 0
    age(desk, await imported(desk, *desk.pictures(1)), 8)
    await chores.remove_jobs(database, store, both)
    assert counts(desk)[0] == 1, "it was another's a moment ago"


async def test_sessions_that_are_over_go(desk: Desk) -> None:
    ledger.rows(
        desk.url,
        "insert into sessions (digest, project_id, scopes, expires_at)"
        " select sha256(n::text::bytea), p.id, '{}', now() + make_interval(mins => n)"
        " from projects p, (values (-2), (-1), (5)) as m (n)",
    )
    assert await removing(desk, dry=True).sessions() == 2
    assert await removing(desk).sessions() == 2
    assert ledger.value(desk.url, "select count(*) from sessions") == 1
