"""What a folder promises beyond the interface: nothing lost, nothing half, nothing left behind."""

import asyncio
import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from wirephoto import errors, model
from wirephoto.pipeline import leftover
from wirephoto.pipeline.storage import durable, keys, local, store

PNG = "image/png"
# Killed at its first rename: the data are written, the name is not there yet.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from wirephoto import model
from wirephoto.pipeline.storage import local

os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
body = model.Body(b"", 5, data=b"bytes")
items = [(f"default/aa/{number}.png", body, "image/png") for number in range(3)]
asyncio.run(local.LocalStore(Path(sys.argv[1])).put_all(items))
"""


def body_of(data: bytes) -> model.Body:
    return model.Body(hashlib.sha256(data).digest(), len(data), data=data)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def inode_of(path: Path) -> int:
    return path.stat().st_ino


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def content(storage: store.Store, key: str) -> bytes:
    return b"".join([part async for part in await storage.read(key)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "pictures"


@pytest.fixture
async def storage(root: Path) -> AsyncIterator[local.LocalStore]:
    opened = local.LocalStore(root)
    yield opened
    await opened.close()


class Recorder:
    """What reached the disk, in order: ("sync" | "rename", inode of the file or folder)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[str, int]] = []
        self._sync, self._replace = os.fsync, os.replace
        monkeypatch.setattr(os, "fsync", self.sync)
        monkeypatch.setattr(os, "replace", self.replace)

    def sync(self, descriptor: int) -> None:
        self._sync(descriptor)
        self.events.append(("sync", os.fstat(descriptor).st_ino))

    def replace(self, source: str, target: str) -> None:
        self._replace(source, target)
        self.events.append(("rename", inode_of(Path(target))))


async def test_a_name_appears_after_its_bytes_and_the_answer_after_the_folders_are_on_the_disk(
    storage: local.LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.write_bytes(b"spooled")
    bodies = [body_of(b"one"), body_of(b"two"), model.Body(b"", 7, path=spool)]
    recorder = Recorder(monkeypatch)
    names = ["one/aa/a.png", "one/ab/b.png", "two/aa/c.png"]
    items = [(name, body, PNG) for name, body in zip(names, bodies, strict=True)]
    assert await storage.put_all(items) == [None] * 3
    events = recorder.events
    for name in names:
        renamed = events.index(("rename", inode_of(root / name)))
        assert events.index(("sync", inode_of(root / name))) < renamed
        parents = [folder for folder in (root / name).parents if tmp_path in folder.parents]
        for folder in [*parents, tmp_path]:  # tmp_path/data was made as well
            assert ("sync", inode_of(folder)) in events[renamed:]


async def test_a_folder_that_is_known_to_be_durable_costs_one_sync_a_chunk(
    storage: local.LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.put_all([("default/aa/first.png", body_of(b"first"), PNG)])
    recorder = Recorder(monkeypatch)
    items = [(f"default/aa/{number}.png", body_of(b"more"), PNG) for number in range(3)]
    assert await storage.put_all(items) == [None] * 3
    files = {inode_of(path) for path in files_below(root)}
    synced = [inode for what, inode in recorder.events if what == "sync" and inode not in files]
    assert synced == [inode_of(root / "default" / "aa")]


async def test_a_folder_that_was_removed_by_hand_is_made_again(
    storage: local.LocalStore, root: Path
) -> None:
    await storage.put_all([("default/aa/first.png", body_of(b"first"), PNG)])
    await asyncio.to_thread(subprocess.run, ["rm", "-r", str(root)], check=True)
    assert await storage.put_all([("default/aa/first.png", body_of(b"first"), PNG)]) == [None]


async def test_a_disk_that_goes_while_pictures_are_written_gets_nothing_in_its_place(
    storage: local.LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.expect("its mark", made=False)
    first, second = [(f"default/aa/{n}.png", body_of(n.encode()), PNG) for n in ("one", "two")]
    assert await storage.put_all([first]) == [None]
    away, replace = root.with_name("away"), os.replace

    def go_at_the_rename(source: str, target: str) -> None:
        if not away.exists():
            root.rename(away)
        replace(source, target)

    monkeypatch.setattr(os, "replace", go_at_the_rename)
    [refused] = await storage.put_all([second])
    assert refused
    assert "is it mounted?" in str(refused.reason)
    assert not await asyncio.to_thread(root.exists)
    away.rename(root)
    monkeypatch.undo()
    assert await storage.put_all([second]) == [None]


async def test_nobody_else_may_read(storage: local.LocalStore, root: Path) -> None:
    await storage.put_all([("default/aa/one.png", body_of(b"one"), PNG)])
    assert {mode_of(path) for path in files_below(root)} == {0o600}
    folders = {folder for path in files_below(root) for folder in path.parents}
    assert {mode_of(path) for path in folders if root in [path, *path.parents]} == {0o700}


async def test_a_picture_the_disk_refuses_fails_alone_and_leaves_nothing(
    storage: local.LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def refuse(descriptor: int) -> None:
        if os.fstat(descriptor).st_size == 666:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(root))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    sizes = {"a": 10, "b": 666, "c": 20}
    items = [(f"default/aa/{name}.png", body_of(bytes(size)), PNG) for name, size in sizes.items()]
    first, refused, last = await storage.put_all(items)
    assert (first, last) == (None, None)
    assert refused
    assert refused.transient
    assert refused.reason == "the storage folder: Input/output error"
    assert [path.name for path in files_below(root)] == ["a.png", "c.png"]


async def test_a_folder_the_disk_refuses_fails_the_pictures_below_it_alone(
    storage: local.LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.put_all(
        [("one/aa/x.png", body_of(b"x"), PNG), ("two/aa/x.png", body_of(b"x"), PNG)]
    )
    sync, bad = os.fsync, inode_of(root / "one" / "aa")

    def refuse(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    items = [("one/aa/y.png", body_of(b"y"), PNG), ("two/aa/y.png", body_of(b"y"), PNG)]
    refused, done = await storage.put_all(items)
    assert refused
    assert done is None


async def test_links_in_storage_are_not_followed(
    storage: local.LocalStore, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_bytes(b"outside")
    (root / "default").mkdir(parents=True)
    (root / "default" / "link.png").symlink_to(tmp_path / "outside")
    os.mkfifo(root / "default" / "pipe.png")
    for key in ("default/link.png", "default/pipe.png"):
        with pytest.raises(store.Missing):
            await storage.read(key)
        assert await storage.head(key) is None


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A file on another file system."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("no second file system here")
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(b"elsewhere")
        file.flush()
        yield Path(file.name)


async def test_a_file_on_another_file_system_is_copied(
    storage: local.LocalStore, elsewhere: Path
) -> None:
    body = model.Body(b"", 9, path=elsewhere)
    assert await storage.put_all([("default/aa/x.png", body, PNG)]) == [None]
    assert await content(storage, "default/aa/x.png") == b"elsewhere"


async def test_a_reader_goes_on_while_its_object_is_deleted(storage: local.LocalStore) -> None:
    data = os.urandom(1_000_000)
    await storage.put_all([("default/aa/x.png", body_of(data), PNG)])
    parts = await storage.read("default/aa/x.png")
    await storage.delete("default/aa/x.png")
    assert b"".join([part async for part in parts]) == data


async def test_a_cancelled_put_still_ends_whole_and_the_store_closes(root: Path) -> None:
    storage = local.LocalStore(root)
    put = asyncio.create_task(storage.put_all([("default/aa/x.png", body_of(b"x" * 50_000), PNG)]))
    await asyncio.sleep(0)  # it is handed to its thread
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    await storage.close()
    assert [len(path.read_bytes()) for path in files_below(root)] in ([50_000], [])


async def test_a_killed_writer_leaves_only_temporary_files_and_the_sweep_removes_them(
    storage: local.LocalStore, root: Path
) -> None:
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(root))
    assert await killed.wait() == -signal.SIGKILL
    left = files_below(root)
    assert len(left) == 3
    assert all(path.name.startswith(durable.TEMPORARY_PREFIX) for path in left)
    assert await storage.head("default/aa/0.png") is None
    assert await storage.sweep(leftover.Aged(3600)) == 0
    assert await storage.sweep(leftover.Aged(0)) == 3
    assert files_below(root) == []


async def test_the_sweep_takes_nothing_young_and_nothing_that_is_not_ours(
    storage: local.LocalStore, root: Path, tmp_path: Path
) -> None:
    own = root / keys.RESERVED
    await storage.put_all([("default/aa/x.png", body_of(b"x"), PNG)])
    spool = tmp_path / "spool"
    spool.write_bytes(b"old, but linked just now")
    os.utime(spool, (time.time() - 90_000,) * 2)
    os.link(spool, own / (".tmp-" + "0" * 32))
    assert await storage.sweep(leftover.Aged(3600)) == 0
    (own / ".tmp-notes").write_bytes(b"not ours")
    (own / (".tmp-" + "1" * 32)).symlink_to(spool)
    assert await storage.sweep(leftover.Aged(0)) == 1
    assert spool.exists()
    assert (root / "default/aa/x.png").exists()
    assert len(list(own.iterdir())) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "wirephoto-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems may not be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_on_a_full_disk_what_fits_is_kept_and_the_rest_waits_until_there_is_space(
    small_disk: Path,
) -> None:
    storage = local.LocalStore(small_disk / "pictures")
    (small_disk / "ballast").write_bytes(bytes(600_000))
    large, small = body_of(os.urandom(700_000)), body_of(os.urandom(50_000))
    items = [("p/aa/large.png", large, PNG), ("p/aa/small.png", small, PNG)]
    refused, kept = await storage.put_all(items)
    assert refused
    assert refused.transient
    assert refused.reason == "the storage folder: No space left on device"
    assert kept is None
    assert [path.name for path in files_below(small_disk / "pictures")] == ["small.png"]
    (small_disk / "ballast").write_bytes(b"")
    assert await storage.put_all(items[:1]) == [None]
    assert await content(storage, "p/aa/large.png") == large.data
    await storage.close()


async def test_a_folder_that_cannot_be_made_fails_every_picture_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = local.LocalStore(tmp_path / "file" / "pictures")
    items = [(f"p/aa/{number}.png", body_of(b"x"), PNG) for number in range(3)]
    failures = await storage.put_all(items)
    assert [failure and failure.reason for failure in failures] == [
        "the storage folder: Not a directory"
    ] * 3
    assert all(isinstance(failure, errors.StorageFailed) for failure in failures)
    await storage.close()
