"""Each kind of damage is found and named, and a right installation has none."""

import hashlib
from collections.abc import Callable

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.integration.verify import proof
from wirephoto.library import reindex
from wirephoto.verify import report

PICTURES = 5


async def imported(desk: Desk) -> int:
    """A finished job; its row's id."""
    for chunk in desk.job(desk.pictures(PICTURES), size=2):
        await desk.work_off(chunk)
    await reindex.look(desk.worker.database)
    return desk.jobs[-1]


def first_key(desk: Desk) -> str:
    return str(ledger.value(desk.url, "select min(key) from blobs"))


async def test_a_finished_import_is_right_in_every_way(desk: Desk) -> None:
    await imported(desk)
    assert await proof.prove(desk) == proof.Proof()


async def test_an_installation_that_never_imported_anything_is_right(desk: Desk) -> None:
    assert await proof.prove(desk) == proof.Proof()


async def test_an_import_at_work_is_right_at_every_step(desk: Desk) -> None:
    chunks = desk.job(desk.pictures(PICTURES), size=2)
    assert (await proof.prove(desk)).wrong == []
    work = await desk.take(chunks[0])
    assert work
    assert (await proof.prove(desk)).wrong == []
    kept = await desk.brought(work)
    assert (await proof.prove(desk)).wrong == []
    await desk.settle(work, kept)
    assert (await proof.prove(desk)).wrong == []


def remove(desk: Desk) -> None:
    (desk.storage / first_key(desk)).unlink()


def cut(desk: Desk) -> None:
    path = desk.storage / first_key(desk)
    path.write_bytes(path.read_bytes()[:-1])


def change(desk: Desk) -> None:
    path = desk.storage / first_key(desk)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def add(desk: Desk) -> None:
    name = hashlib.sha256(b"nobody's").hexdigest()
    path = desk.storage / "default" / name[:2] / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"nobody's")


def statement(text: str) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        ledger.rows(desk.url, text)

    return act


_FIRST_BLOB = "where key = (select min(key) from blobs)"
DAMAGE: list[tuple[str, Callable[[Desk], None]]] = [
    ("missing_object", remove),
    ("object_size", cut),
    ("object_bytes", change),
    ("orphan_object", add),
    ("orphan_object", statement(f"delete from blobs {_FIRST_BLOB}")),
    ("entry_without_blob", statement(f"delete from blobs {_FIRST_BLOB}")),
    ("entry_without_blob", statement(f"update blobs set state = 'putting' {_FIRST_BLOB}")),
    ("entry_without_blob", statement(f"update blobs set state = 'deleting' {_FIRST_BLOB}")),
    ("entry_size", statement("update entries set asset_size = 7 where external_id = '3'")),
    ("result_without_entry", statement("delete from entries where external_id = '3'")),
    ("without_job", statement("update chunks set job_id = job_id + 1000")),
    ("without_job", statement("insert into images select 9999, position, url, external_id,"
        " file_name, media_type, metadata from images where job_id = 1")),
    ("job_counters", statement("delete from results where position = 1")),
    ("job_counters", statement("update jobs set done = done - 1, success = success - 1")),
    ("job_counters", statement("update jobs set success = success - 1, failed = failed + 1")),
    ("job_images", statement("delete from images where position = 1")),
    ("job_images", statement("update images set position = 17 where position = 1")),
    ("job_results", statement("update results set position = 17 where position = 1")),
    ("job_unfinished", statement("update jobs set total = total + 1 where id = 1")),
    ("job_over", statement("insert into chunks (job_id, number, positions)"
        " select id, 0, '{1}' from jobs where id = 1")),
    ("job_webhook", statement("update jobs set webhook = 'http://a.example/'")),
    ("job_work", statement("delete from chunks")),
    ("job_work", statement("update chunks set positions = '{0}'")),
    ("job_work", statement("insert into chunks (job_id, number, positions)"
        " select job_id, number, positions from chunks")),
    ("search_missing", statement("delete from entry_search where entry_id in"
        " (select id from entries where external_id = '3')")),
    ("search_stale", statement("update entries set version = 7 where external_id = '3'")),
    ("search_stale", statement("update entry_search set archived = true")),
    ("search_orphan", statement("update entry_search set entry_id = 'nobody'"
        " where entry_id in (select id from entries where external_id = '3')")),
    ("lost_task", statement("update workers set started_at = now() - interval '1 hour';"
        " update chunks set available_at = now() - interval '1 hour'")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "damage"), DAMAGE, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(DAMAGE)]
)
async def test_damage_is_found_and_named(
    desk: Desk, kind: str, damage: Callable[[Desk], None]
) -> None:
    await imported(desk)
    await desk.queued(desk.job(desk.pictures(2)))
    assert (await proof.prove(desk)).wrong == []
    ledger.rows(desk.url, "delete from procrastinate_jobs" if kind == "lost_task" else "select 1")
    damage(desk)
    assert kind in {found for found, _ in (await proof.prove(desk)).wrong}


def test_every_kind_of_finding_is_among_the_damage() -> None:
    assert {kind for kind, _ in DAMAGE} == set(report.FINDINGS)


async def test_other_bytes_of_the_same_size_are_found_by_reading_alone(desk: Desk) -> None:
    await imported(desk)
    change(desk)
    assert (await proof.prove(desk, deep=False)).wrong == []
    assert (await proof.prove(desk)).wrong == [("object_bytes", first_key(desk))]


async def test_what_is_left_over_is_noted_and_is_no_fault(desk: Desk) -> None:
    await imported(desk)
    ledger.rows(
        desk.url,
        "update results set entry_id = (select min(id) from entries where external_id <> '3')",
    )
    for table, key in (("entry_search", "entry_id"), ("entries", "id")):
        gone = "(select id from entries where external_id = '3')"
        ledger.rows(desk.url, f"delete from {table} where {key} in {gone}")
    (desk.storage / "archive.of.1998").mkdir()
    (desk.storage / "archive.of.1998" / "moon.jpg").write_bytes(b"the owner's")
    (desk.storage / ".wirephoto" / ".tmp-0").write_bytes(b"half")
    (desk.worker.temporary / "fetch-0").write_bytes(b"half")
    found = await proof.prove(desk)
    assert found.wrong == []
    assert sorted(kind for kind, _ in found.notes) == [
        "foreign_object",
        "temporary_file",
        "temporary_file",
        "unreferenced",
    ]
    assert ("foreign_object", "archive.of.1998/moon.jpg") in found.notes
