"""Renditions found or made: once over all processes, few at a time, gone with their original."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.files import shown
from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.integration.verify import proof
from wirephoto import errors, model
from wirephoto.db import blobs, renditions
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.storage import keys
from wirephoto.renditions import making, variant
from wirephoto.verify import collector

SMALL = variant.Variant(80, None, "contain", model.Kind.WEBP, 80)
ORIGINAL = "default/00/picture.jpg"
_AGE = "update blobs set changed_at = changed_at - interval '25 hours'"


@contextlib.asynccontextmanager
async def maker(desk: Desk, under_way: int = making.UNDER_WAY) -> AsyncIterator[making.Maker]:
    decoders = decoding.Decoders(replace(decoding.RENDERING, children=1))
    made = making.Maker(desk.worker.database, desk.services.store, decoders, 10**8, 1, under_way)
    try:
        yield made
    finally:
        await made.close()


async def original(desk: Desk, data: bytes = shown.turned(1), key: str = ORIGINAL) -> blobs.Blob:
    body = model.Body(hashlib.sha256(data).digest(), len(data), data=data)
    blob = blobs.Blob(key, len(data), "image/jpeg", body.sha256)
    await desk.services.store.put_all([(key, body, blob.mime_type)])
    ledger.rows(
        desk.url,
        "insert into blobs (key, project_id, sha256, size, mime_type, state)"
        " values (%s, %s, %s, %s, %s, 'stored')",
        key, desk.project.project, body.sha256, body.size, blob.mime_type,
    )  # fmt: skip
    return blob


def lying(desk: Desk) -> list[str]:
    return sorted(key for key in ledger.objects(desk.storage) if keys.is_rendition(key))


def rows(desk: Desk) -> list[tuple[str, str]]:
    found = ledger.rows(desk.url, "select key, state from renditions order by key")
    return [(row["key"], row["state"]) for row in found]


async def test_one_of_several_processes_makes_it(desk: Desk) -> None:
    blob = await original(desk)
    async with maker(desk) as one, maker(desk) as other:
        asked = [each.find_or_make(blob, SMALL) for each in (one, other) * 20]
        found = await asyncio.gather(*asked)
    assert len(set(found)) == 1
    assert rows(desk) == [(found[0].key, "stored")]
    assert lying(desk) == [found[0].key]


async def test_what_a_killed_process_began_is_made_by_another_after_its_time(desk: Desk) -> None:
    blob = await original(desk)
    key = keys.rendition_key(blob.key, SMALL.name)
    ledger.rows(desk.url, "insert into renditions (key, original) values (%s, %s)", key, blob.key)
    async with maker(desk) as one:
        task = asyncio.create_task(one.find_or_make(blob, SMALL))
        await asyncio.sleep(0.5)
        assert not task.done()
        ledger.rows(desk.url, "update renditions set changed_at = now() - interval '3 minutes'")
        assert (await task).key == key


async def test_more_than_may_be_under_way_are_put_off_and_what_is_known_is_served(
    desk: Desk,
) -> None:
    blob = await original(desk)
    async with maker(desk, under_way=2) as one:
        known = await one.find_or_make(blob, SMALL)
        others = [replace(SMALL, width=width) for width in variant.WIDTHS[1:]]
        found = await asyncio.gather(
            *(one.find_or_make(blob, each) for each in others), return_exceptions=True
        )
        refused = [each for each in found if isinstance(each, errors.Unavailable)]
        assert len(refused) == len(others) - 2
        assert {each.headers["Retry-After"] for each in refused} == {"2"}
        assert await one.find_or_make(blob, SMALL) == known


async def test_who_waits_no_longer_leaves_the_making_to_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = await original(desk)
    async with maker(desk) as one:
        monkeypatch.setattr(making, "WAIT_SECONDS", 0.0)
        with pytest.raises(errors.Unavailable):
            await one.find_or_make(blob, SMALL)
        monkeypatch.undo()
        assert (await one.find_or_make(blob, SMALL)).size


async def test_a_failure_is_remembered_for_ten_minutes(desk: Desk) -> None:
    blob = await original(desk, b"\xff\xd8\xff damaged")
    async with maker(desk) as one:
        for _ in range(2):
            with pytest.raises(errors.Unprocessable):
                await one.find_or_make(blob, SMALL)
        assert [state for _, state in rows(desk)] == ["failed"]
        data = shown.turned(1)
        body = model.Body(b"\1" * 32, len(data), data=data)
        await desk.services.store.put_all([(blob.key, body, blob.mime_type)])
        ledger.rows(desk.url, "update renditions set changed_at = now() - interval '11 minutes'")
        assert (await one.find_or_make(blob, SMALL)).size


async def test_storage_that_fails_is_not_held_against_the_picture(desk: Desk) -> None:
    blob = await original(desk)
    (desk.storage / keys.RENDITIONS).write_bytes(b"a file where a folder should be")
    async with maker(desk) as one:
        with pytest.raises(errors.Unavailable):
            await one.find_or_make(blob, SMALL)
        assert rows(desk) == []
        (desk.storage / keys.RENDITIONS).unlink()
        assert (await one.find_or_make(blob, SMALL)).size


async def test_what_storage_lost_is_made_anew(desk: Desk) -> None:
    blob = await original(desk)
    async with maker(desk) as one:
        made = await one.find_or_make(blob, SMALL)
        (desk.storage / made.key).unlink()
        await one.lost(made)
        assert await one.find_or_make(blob, SMALL) == made
    assert lying(desk) == [made.key]


async def test_of_one_picture_so_many_are_kept_and_the_oldest_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "KEPT", 3)
    blob = await original(desk)
    async with maker(desk) as one:
        made = [
            (await one.find_or_make(blob, replace(SMALL, width=width))).key
            for width in variant.WIDTHS[:5]
        ]
    assert lying(desk) == sorted(made[2:])
    assert [key for key, _ in rows(desk)] == sorted(made[2:])


async def test_renditions_go_with_their_original(desk: Desk) -> None:
    blob = await original(desk)
    async with maker(desk) as one:
        await one.find_or_make(blob, SMALL)
        ledger.rows(desk.url, _AGE)
        assert (await proof.prove(desk, deep=False, repair=True)).notes == [("removed", blob.key)]
        assert (rows(desk), lying(desk)) == ([], [])
        with pytest.raises(errors.NotFound):
            await one.find_or_make(blob, SMALL)
    assert await proof.prove(desk) == proof.Proof()


async def test_one_that_is_made_while_its_original_is_removed_leaves_nothing(desk: Desk) -> None:
    blob = await original(desk)
    ledger.rows(desk.url, _AGE)
    removal = collector.Collector(desk.worker.database, desk.services.store)
    async with maker(desk) as one:
        async with desk.worker.database.connection() as connection:
            claim = await renditions.claim(connection, keys.rendition_key(blob.key, "x"), blob.key)
        assert claim is not None
        made = making.Made(claim.key, 3, b"\2" * 32, model.Kind.WEBP)
        claimed = await removal.claim([blob.key])
        deleted = await removal.delete(claimed)
        with pytest.raises(errors.NotFound):
            await one._keep(blob, made, b"abc", claim)
        assert await removal.forget(deleted) == [blob.key]
    assert (rows(desk), lying(desk)) == ([], [])


async def test_verify_knows_renditions_and_repair_removes_what_no_row_speaks_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = await original(desk)
    async with maker(desk) as one:
        made = await one.find_or_make(blob, SMALL)
        kept = await one.find_or_make(blob, replace(SMALL, width=160))
    ledger.rows(desk.url, "delete from renditions where key = %s", made.key)
    only = ("unreferenced", blob.key)
    assert (await proof.prove(desk, repair=True)).notes == [only]  # it is not a day old
    monkeypatch.setattr(collector, "DAY_SECONDS", -10.0)
    found = await proof.prove(desk)
    assert (found.wrong, sorted(found.notes)) == ([], [("stray_rendition", made.key), only])
    repaired = await proof.prove(desk, repair=True)
    assert ("removed", made.key) in repaired.notes
    assert lying(desk) == [kept.key]
