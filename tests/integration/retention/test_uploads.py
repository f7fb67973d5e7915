"""Pictures that clients sent: what stays, what goes, and what ``verify`` says of them."""

import hashlib

import psycopg
import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from tests.integration.verify import proof
from wirephoto import model
from wirephoto.pipeline.storage import keys
from wirephoto.retention import removal
from wirephoto.verify import collector

_ROW = (
    "insert into uploads (public_id, project_id, sha256, size, key, state, expires_at)"
    " values (%s, %s, %s, 3, %s, 'stored', now() + make_interval(secs => %s::int))"
)


async def lay(desk: Desk, name: str, *, seconds: int | None) -> str:
    """An object, with a row that lives so long, or without one; its key."""
    key, digest = keys.upload_key(name), hashlib.sha256(name.encode()).digest()
    body = model.Body(digest, 3, data=b"abc")
    assert await desk.services.store.put_all([(key, body, "x/y")]) == [None]
    if seconds is not None:
        ledger.rows(desk.url, _ROW, name, desk.project.project, digest, key, seconds)
    return key


async def test_verify_knows_uploads_and_repair_removes_what_no_row_speaks_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    living, stray = await lay(desk, "aa", seconds=60), await lay(desk, "bb", seconds=None)
    assert (await proof.prove(desk, repair=True)).notes == []  # they are not a day old
    monkeypatch.setattr(collector, "DAY_SECONDS", -10.0)
    found = await proof.prove(desk)
    assert (found.wrong, found.notes) == ([], [("stray_upload", stray)])
    assert (await proof.prove(desk, repair=True)).notes == [("removed", stray)]
    assert set(ledger.objects(desk.storage)) == {living}


async def test_what_is_over_goes_but_not_while_a_backup_is_taken(desk: Desk) -> None:
    living = await lay(desk, "aa", seconds=60)
    over = await lay(desk, "bb", seconds=-1)
    removing = removal.Removal(desk.worker.database, desk.services.store)
    with psycopg.connect(desk.url, autocommit=True) as backup:
        backup.execute("select pg_advisory_lock(1650550635)")
        assert await removing.uploads() == 0
        backup.execute("select pg_advisory_unlock(1650550635)")  # a closed session's end comes late
    assert set(ledger.objects(desk.storage)) == {living, over}
    assert await removing.uploads() == 1
    assert set(ledger.objects(desk.storage)) == {living}


async def test_a_removal_that_was_broken_off_is_ended_by_the_next(desk: Desk) -> None:
    """Killed after it was said, and after the object had gone."""
    first, second = await lay(desk, "aa", seconds=60), await lay(desk, "bb", seconds=60)
    ledger.rows(desk.url, "update uploads set state = 'removing'")
    await desk.services.store.delete(second)
    assert await removal.Removal(desk.worker.database, desk.services.store).uploads() == 2
    assert first not in ledger.objects(desk.storage)
    assert ledger.rows(desk.url, "select id from uploads") == []
