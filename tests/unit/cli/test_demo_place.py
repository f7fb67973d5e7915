"""The folder of the demo: never another's, and one that the database can work in."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wirephoto import errors
from wirephoto.cli.demo import place
from wirephoto.db.embedded import database


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can pass; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="wirephoto-test-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_given_folder_is_made_and_marked(tmp_path: Path) -> None:
    with place.opened(tmp_path / "new", fresh=False) as found:
        assert found == place.Place(tmp_path / "new")
    assert (tmp_path / "new" / place.MARKER).is_file()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_with_anything_of_others_is_refused_and_left_as_it_is(
    tmp_path: Path, fresh: bool
) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(errors.OperatorError), place.opened(tmp_path, fresh=fresh):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_our_own_folder_is_used_again(tmp_path: Path) -> None:
    with place.opened(tmp_path, fresh=False):
        (tmp_path / "data").mkdir()
    with place.opened(tmp_path, fresh=False):
        assert (tmp_path / "data").is_dir()


def test_our_own_folder_is_emptied_for_a_fresh_start(tmp_path: Path) -> None:
    with place.opened(tmp_path, fresh=False):
        (tmp_path / "data" / "deep").mkdir(parents=True)
    with place.opened(tmp_path, fresh=True):
        assert [path.name for path in tmp_path.iterdir()] == [place.MARKER]


def test_a_link_in_our_folder_goes_but_not_what_it_leads_to(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with place.opened(tmp_path / "demo", fresh=False) as found:
        (found.folder / "link").symlink_to(outside)
    with place.opened(tmp_path / "demo", fresh=True) as found:
        assert not (found.folder / "link").is_symlink()
    assert outside.is_dir()


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path: Path, fresh: bool) -> None:
    with place.opened(tmp_path, fresh=False):
        lock = tmp_path / database.LOCK_FILE
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (
            pytest.raises(errors.OperatorError, match="in use"),
            place.opened(tmp_path, fresh=fresh),
        ):
            pass
    assert lock.exists()


def test_without_a_given_folder_the_working_directory_holds_it(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_folder)
    with place.opened(None, fresh=False) as found:
        assert found == place.Place(open_folder / "wirephoto-demo")


def test_a_fresh_start_leaves_no_folder_behind(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with place.opened(None, fresh=True) as found:
        assert found.folder.parent == open_folder
        assert found.note == ""
    assert list(open_folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a database user of its own")
def test_where_the_database_user_cannot_pass_a_temporary_folder_is_used_and_named(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.chdir(closed)
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with place.opened(None, fresh=False) as found:
        assert found.folder.parent == open_folder
        assert str(found.folder) in found.note
        assert found.folder.stat().st_mode & 0o011 == 0o011
    assert list(closed.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_we_may_not_write_a_temporary_folder_is_used_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    monkeypatch.chdir(closed)
    with place.opened(None, fresh=False) as found:
        assert str(found.folder) in found.note
