"""``wirephoto backup`` in the middle of an import, ``wirephoto restore`` on another machine."""

import contextlib
import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fixtures import ledger, postgres, processes, service
from tests.origins import hostile
from wirephoto import errors
from wirephoto.backup import manifest
from wirephoto.cli import backup, restore
from wirephoto.db import collector, dump, embedded, pool, schema

PICTURES = 60  # of each of two origins; the second answers nothing before it is told

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def folder() -> Iterator[Path]:
    """For backups; what is in it is the owner's alone."""
    with service.folder() as made:
        yield made


@contextlib.contextmanager
def settings_of(environment: dict[str, str]) -> Iterator[None]:
    """Of an installation, for commands that run in this process: many of them are started here."""
    before = os.umask(0o022)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in environment.keys() - os.environ.keys():
                patch.setenv(name, environment[name])
            yield
    finally:
        os.umask(before)


def back_up(
    environment: dict[str, str], target: Path, previous: Path | None = None
) -> dict[str, Any]:
    """Take a backup; what it says of itself."""
    with settings_of(environment):
        backup.backup(target, previous)
    return dict(json.loads((target / "backup.json").read_text()))


def copied(
    environment: dict[str, str], target: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, int]:
    """Take a backup; pictures that are in it, and how many of them were copied."""
    capsys.readouterr()
    with settings_of(environment):
        backup.backup(target, as_json=True)
    said = capsys.readouterr()
    assert not said.err
    told = json.loads(said.out)
    assert told.items() >= json.loads((target / "backup.json").read_text()).items() - {"format"}
    return told["pictures"], told["copied"]


def refusal(environment: dict[str, str], act: Callable[[Path], None], folder: Path) -> str:
    """The one line that a command ends with."""
    with settings_of(environment), pytest.raises(errors.OperatorError) as refused:
        act(folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def begin(running: service.Service, prompt: hostile.Origin, late: hostile.Origin) -> str:
    """An import whose first half is settled, and of the second nothing can be."""
    late.gate.clear()
    pictures = [
        service.image(origin.url(f"/jpeg/{number}?size=2000"), number)
        for origin, numbers in ((prompt, range(PICTURES)), (late, range(PICTURES, 2 * PICTURES)))
        for number in numbers
    ]
    job = running.accept(pictures)
    counted = "select count(*) from results"
    processes.until(lambda: running.sql(counted)[0][0] > PICTURES // 2, "a part is settled")
    processes.until(late.requests.total, "the second half is asked for")
    return job


def settled(environment: dict[str, str], job: str) -> list[int]:
    with embedded.running(
        Path(environment["WIREPHOTO_DATA_DIR"]), embedded.Holder.COMMAND
    ) as database:
        return ledger.settled(database.url, job)


def modes(folder: Path) -> set[str]:
    return {
        f"{'folder' if path.is_dir() else 'file'} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in (folder, *folder.rglob("*"))
    }


def test_an_import_goes_on_from_a_backup_of_its_middle_on_another_machine(folder: Path) -> None:
    kept = folder / "monday"
    with hostile.running() as prompt, hostile.running() as late, service.folder() as other:
        with service.serving(None, workers=2) as lost:
            job = begin(lost, prompt, late)
            taken = service.run("backup", str(kept), environment=lost.environment)
            assert taken.returncode == 0, taken.stderr
            assert not lost.status(job)["finished"]
            lost.process.send_signal(signal.SIGKILL)
        assert modes(kept) == {"folder 700", "file 600"}
        new = service.environment_for(other, None)
        restored = service.run("restore", str(kept), environment=new)
        assert "restored what was there" in restored.stdout, restored.stderr
        done = settled(new, job)
        assert PICTURES // 2 < len(done) <= PICTURES
        assert json.loads((kept / "backup.json").read_text())["pictures"] >= len(done)
        prompt.requests.clear()
        late.open_gate()
        with service.serving(None, workers=2, data_dir=other) as running:
            running.client.headers["Authorization"] = f"Bearer {lost.token}"
            details = running.wait(job)["overview"]["details"]
            assert details == {"success": 2 * PICTURES, "skipped": 0, "failed": 0}
            with embedded.running(other, embedded.Holder.COMMAND) as database:
                ledger.assert_whole(database.url, other / "storage", job, 2 * PICTURES)
            service.prove(new)
        again = {number for number in done if prompt.requests[f"/jpeg/{number}"]}
        assert not again, "what was finished is not fetched again"


def test_a_backup_links_what_the_one_before_it_has(
    database_url: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, data_dir=tmp_path) as running,
    ):
        running.bring([service.image(origin.url("/jpeg/1?size=2000"))])
        back_up(running.environment, folder / "one", folder / "none")
        running.bring([service.image(origin.url("/jpeg/2?size=2000"), 2)])
        told = back_up(running.environment, folder / "two", folder / "one")
    assert "none is not there: all pictures are copied" in capsys.readouterr().err
    pictures = list((folder / "two/storage/default").rglob("*.jpg"))
    assert told["pictures"] == len(pictures) == 2
    assert sorted(path.stat().st_nlink for path in pictures) == [1, 2]


def test_a_second_backup_into_a_folder_copies_what_is_new_and_takes_out_what_is_gone(
    database_url: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, linked = folder / "always", folder / "linked"
    with (
        hostile.running() as origin,
        service.serving(database_url, data_dir=tmp_path) as running,
    ):
        running.bring([service.image(origin.url(f"/jpeg/{one}?size=2000"), one) for one in (1, 2)])
        assert copied(running.environment, kept, capsys) == (2, 2)
        back_up(running.environment, linked, kept)
        running.bring([service.image(origin.url("/jpeg/3?size=2000"), 3)])
        one = next((kept / "storage/default").rglob("*.jpg"))
        gone = one.relative_to(kept)
        (tmp_path / gone).unlink()
        first = (kept / "database.dump").read_bytes()
        assert copied(running.environment, kept, capsys) == (2, 1)
    assert (kept / "database.dump").read_bytes() != first
    assert sorted(path.name for path in kept.iterdir()) == [
        *("backup.json", "database.dump", "storage"),
    ]
    names = {path.name for path in (kept / "storage/default").rglob("*.jpg")}
    assert names == {path.name for path in (tmp_path / "storage/default").rglob("*.jpg")}
    assert (linked / gone).exists()
    assert modes(kept) == {"folder 700", "file 600"}


def test_a_backup_that_was_broken_off_goes_on(
    database_url: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = folder / "b"
    with (
        hostile.running() as origin,
        service.serving(database_url, data_dir=tmp_path) as running,
    ):
        running.bring([service.image(origin.url(f"/jpeg/{one}?size=2000"), one) for one in (1, 2)])
        back_up(running.environment, kept)
        # As a kill leaves it: no manifest, half of a dump, one picture, half of another.
        (kept / "backup.json").unlink()
        (kept / "database.dump").rename(kept / "database.dump.new")
        os.truncate(kept / "database.dump.new", 100)
        picture = next((kept / "storage/default").rglob("*.jpg"))
        half = picture.rename(kept / "storage/.wirephoto/.tmp-1")
        assert "backup.json is missing" in refusal(running.environment, restore.restore, kept)
        assert copied(running.environment, kept, capsys) == (2, 1)
    assert not half.exists()
    assert manifest.read(kept).pictures == 2


def test_a_backup_that_ends_between_two_steps_is_one_of_the_two(
    database_url: str, folder: Path, tmp_path: Path
) -> None:
    environment = service.environment_for(tmp_path, database_url)
    kept = folder / "b"
    back_up(environment, kept)
    before = (kept / "backup.json").read_bytes()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into projects (handle) values ('new')")
    back_up(environment, kept)
    now = manifest.read(kept)
    # The new database has its name already, what is said of it has not.
    (kept / "backup.json").rename(kept / "backup.json.new")
    (kept / "backup.json").write_bytes(before)
    assert manifest.read(kept) == now
    assert manifest.settle(kept) == now
    assert not (kept / "backup.json.new").exists()
    assert manifest.read(kept) == now
    # Another one was begun, and its database has no name yet: this one counts.
    (kept / "backup.json.new").write_bytes(before)
    assert manifest.read(kept) == now


def test_the_backup_of_another_installation_is_not_replaced(
    database_url: str, cluster: embedded.Database, folder: Path, tmp_path: Path
) -> None:
    kept = folder / "b"
    other = postgres.new_database(cluster)
    for url, key in ((database_url, "ours"), (other, "theirs")):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "with p as (insert into projects (handle) values ('p') returning id)"
                " insert into project_secrets (project_id, storage_key)"
                " select id, %s::text::bytea from p",
                [key],
            )
    back_up(service.environment_for(tmp_path / "here", database_url), kept)
    told = (kept / "backup.json").read_text()
    environment = service.environment_for(tmp_path / "there", other)
    assert "of another installation" in refusal(environment, backup.backup, kept)
    assert (kept / "backup.json").read_text() == told


def test_nothing_is_written_over(
    database_url: str, cluster: embedded.Database, folder: Path, tmp_path: Path
) -> None:
    environment = service.environment_for(tmp_path / "here", database_url)
    kept = folder / "b"
    back_up(environment, kept)
    assert "is not empty" in refusal(environment, backup.backup, folder)
    (kept / "letter").write_text("mine")
    assert "letter in it is of no backup" in refusal(environment, backup.backup, kept)
    (kept / "letter").unlink()
    assert "set up already" in refusal(environment, restore.restore, kept)
    empty = postgres.empty_database(cluster)
    other = service.environment_for(tmp_path / "there", empty)
    mark = tmp_path / "there/storage/.wirephoto/mark"
    mark.parent.mkdir(parents=True)
    mark.write_text("another\n")
    assert "another installation" in refusal(other, restore.restore, kept)
    assert schema.current(empty) is None, "a restore that failed leaves an empty database"
    mark.unlink()
    with settings_of(other):
        restore.restore(kept)
    assert schema.current(empty) == schema.needed()


def test_what_is_no_whole_backup_is_refused(
    database_url: str, cluster: embedded.Database, folder: Path, tmp_path: Path
) -> None:
    kept = folder / "b"
    back_up(service.environment_for(tmp_path, database_url), kept)
    other = service.environment_for(tmp_path / "there", postgres.empty_database(cluster))
    told = (kept / "backup.json").read_text()
    (kept / "backup.json").write_text(told.replace(schema.needed(), "9999"))
    assert "this release knows" in refusal(other, restore.restore, kept)
    (kept / "backup.json").unlink()
    assert "backup.json is missing" in refusal(other, restore.restore, kept)
    (kept / "backup.json").write_text(told)
    with (kept / "database.dump").open("ab") as file:
        file.write(b"x")
    assert "SHA-256 differs" in refusal(other, restore.restore, kept)
    assert "backup.json is missing" in refusal(other, restore.restore, tmp_path)


def test_a_disk_that_is_not_mounted_is_no_storage(
    database_url: str, folder: Path, tmp_path: Path
) -> None:
    environment = service.environment_for(tmp_path, database_url)
    back_up(environment, folder / "one")
    (tmp_path / "storage").rename(tmp_path / "away")
    assert "is it mounted?" in refusal(environment, backup.backup, folder / "two")


def test_a_database_that_was_never_set_up_or_is_away_is_said(
    cluster: embedded.Database, folder: Path, tmp_path: Path
) -> None:
    empty = postgres.empty_database(cluster)
    environment = service.environment_for(tmp_path, empty)
    assert "nothing to back up" in refusal(environment, backup.backup, folder / "one")
    away = environment | {"WIREPHOTO_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/x"}
    said = refusal(away, backup.backup, folder / "two")
    assert "does not answer" in said
    assert "secret" not in said


def test_a_bucket_is_left_to_its_owner(
    database_url: str,
    cluster: embedded.Database,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bucket = {"WIREPHOTO_STORAGE_URL": "s3://pictures", "AWS_REGION": "x"}
    bucket |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    environment = service.environment_for(tmp_path, database_url, **bucket)
    assert back_up(environment, folder / "b")["storage"] is None
    other = service.environment_for(tmp_path, postgres.empty_database(cluster), **bucket)
    with settings_of(other):
        restore.restore(folder / "b")
    assert "no pictures: those are yours" in capsys.readouterr().out
    back_up(service.environment_for(tmp_path, database_url), folder / "pictures")
    again = service.environment_for(tmp_path, postgres.empty_database(cluster), **bucket)
    assert "names a bucket" in refusal(again, restore.restore, folder / "pictures")


async def test_while_a_backup_is_taken_no_picture_is_removed_and_no_other_is_taken(
    database_url: str, folder: Path, tmp_path: Path
) -> None:
    async with pool.opened(database_url, most=2, application="test") as opened:
        async with opened.connection() as connection:
            await connection.execute("insert into projects (handle) values ('p')")
            await connection.execute(
                "insert into blobs (key, project_id, sha256, size, mime_type, state, changed_at)"
                " select 'p', id, '', 1, 'image/jpeg', 'stored', now() - interval '9 days'"
                " from projects"
            )
        with dump.nothing_removed(database_url):
            async with opened.connection() as connection:
                assert await collector.claim(connection, ["p"]) == []
            with (
                pytest.raises(errors.OperatorError, match="another backup"),
                dump.nothing_removed(database_url),
            ):
                pytest.fail("two at once")
        async with opened.connection() as connection:
            assert [one.key for one in await collector.claim(connection, ["p"])] == ["p"]
