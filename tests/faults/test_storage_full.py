"""Full disks and folders that are away: pictures wait, none is seen by half, work goes on."""

import contextlib
import errno
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile

PICTURES = scale.pick(100, 1500)
SIZE = 40_000
AWAY_SECONDS = scale.pick(2.0, 30.0)
MEGABYTE = 1_000_000

full_only = pytest.mark.skipif(not scale.FULL, reason="by `make faults` alone")
root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A tmpfs of ``size`` bytes at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leaving: int) -> Path:
    """A file that leaves about so many bytes of a disk, on which others may be writing."""
    ballast = folder / "ballast"
    for _ in range(100):
        status = os.statvfs(folder)
        with ballast.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - leaving)
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise
                continue  # somebody took a part meanwhile
        return ballast
    raise AssertionError("the disk does not stand still")


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A folder that the database's user can reach."""
    with tempfile.TemporaryDirectory(prefix="wirephoto-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def assert_whole(found: dict[str, int]) -> None:
    """Whatever a reader of the folder sees has its full length."""
    assert set(found.values()) <= {SIZE}


def sizes(storage: Path) -> dict[str, int]:
    return {
        str(path): path.stat().st_size
        for path in storage.rglob("*.jpg")
        if ".wirephoto" not in path.parts
    }


def away_and_back(
    running: service.Service, origin: hostile.Origin, storage: Path, job: str, mend: object
) -> tuple[int, float]:
    """Wait until it is noticed, look on, mend it; fetches meanwhile, and seconds to the end."""
    processes.until(lambda: '"storage_away"' in running.log(), "it is noticed", 90)
    processes.until(lambda: _stands_still(origin), "chunks in flight end", 60)
    before = origin.requests.total()
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        assert_whole(sizes(storage) if storage.is_dir() else {})
        time.sleep(0.1)
    meanwhile = origin.requests.total() - before
    assert not running.status(job)["finished"]
    assert callable(mend)
    mend()
    begun = time.monotonic()
    finished = running.wait(job, patience=300)
    assert finished["overview"]["details"] == {"success": PICTURES, "skipped": 0, "failed": 0}
    return meanwhile, round(time.monotonic() - begun, 1)


def _stands_still(origin: hostile.Origin) -> bool:
    before = origin.requests.total()
    time.sleep(2.5)
    return origin.requests.total() == before


def proved(running: service.Service) -> None:
    service.prove(running.environment)
    assert "Traceback" not in running.log(), running.log()


def wanted(origin: hostile.Origin, size: int = SIZE) -> list[dict[str, object]]:
    return [service.image(origin.url(f"/jpeg/{n}?size={size}"), n) for n in range(PICTURES)]


@root
@pytest.mark.timeout(900)
def test_pictures_wait_for_a_full_storage_disk(database_url: str, figures: figures.Figures) -> None:
    with place() as made, hostile.running() as origin:
        disk = made / "disk"
        with small_disk(disk, PICTURES * SIZE * 2 + 2 * MEGABYTE):
            ballast = fill(disk, PICTURES * SIZE // 3)
            settings: dict[str, Any] = {"WIREPHOTO_STORAGE_URL": f"file://{disk}/pictures"}
            with service.serving(database_url, **settings) as running:
                job = running.accept(wanted(origin))
                storage = disk / "pictures"
                meanwhile, seconds = away_and_back(running, origin, storage, job, ballast.unlink)
                ledger.assert_stored(database_url, ledger.objects(storage))
                proved(running)
    assert meanwhile == 0
    figures.tell(
        pictures=PICTURES, fetches_while_full=meanwhile, done_seconds_after=seconds,
        fetched_again=origin.requests.total() - PICTURES,
    )  # fmt: skip


@full_only
@pytest.mark.timeout(900)
def test_pictures_wait_for_a_storage_folder_that_is_away(
    database_url: str, figures: figures.Figures
) -> None:
    with place() as made, hostile.running() as origin:
        storage = made / "pictures"
        storage.write_text("no folder")
        settings: dict[str, Any] = {"WIREPHOTO_STORAGE_URL": f"file://{storage}"}
        with service.serving(database_url, **settings) as running:
            job = running.accept(wanted(origin))
            meanwhile, seconds = away_and_back(running, origin, storage, job, storage.unlink)
            ledger.assert_stored(database_url, ledger.objects(storage))
            proved(running)
    assert origin.requests.total() == PICTURES
    assert meanwhile == 0
    figures.tell(pictures=PICTURES, fetched_again=0, done_seconds_after=seconds)


@full_only
@root
@pytest.mark.timeout(900)
def test_pictures_wait_for_a_full_temporary_folder(
    database_url: str, figures: figures.Figures
) -> None:
    with place() as made, hostile.running() as origin:
        data_dir = made / "data"
        data_dir.mkdir()
        with small_disk(data_dir / "tmp", 64 * MEGABYTE) as temporary:
            ballast = fill(temporary, MEGABYTE)
            with service.serving(database_url, workers=1, data_dir=data_dir) as running:
                job = running.accept(wanted(origin, 400_000))
                processes.until(lambda: '"storage_away"' in running.log(), "it is noticed", 90)
                time.sleep(AWAY_SECONDS)
                asked = origin.requests.total()
                assert not running.status(job)["finished"]
                ballast.unlink()
                details = running.wait(job, patience=300)["overview"]["details"]
                assert details == {"success": PICTURES, "skipped": 0, "failed": 0}
                assert list(temporary.glob("fetch-*")) == []
                proved(running)
    assert asked == 0
    figures.tell(pictures=PICTURES, fetches_while_full=asked)


@root
@pytest.mark.timeout(900)
def test_the_api_answers_503_while_the_databases_disk_is_full_and_comes_back_by_itself(
    figures: figures.Figures,
) -> None:
    with (
        place() as made,
        hostile.running() as origin,
        small_disk(made / "data", 400 * MEGABYTE) as data_dir,
        service.serving(None, workers=1, data_dir=data_dir) as running,
    ):
        job = running.accept(wanted(origin))
        running.wait(job, patience=120)
        ballast = fill(data_dir, 0)
        answers = _post_until(running, 503)
        ballast.unlink()
        begun = time.monotonic()
        answers += _post_until(running, 200)
        seconds = round(time.monotonic() - begun, 1)
        assert set(answers) == {200, 503}, answers
        finished = running.wait_through(
            running.accept([service.image(origin.url("/jpeg/9999?size=500"), 9999)]), 120
        )
        assert finished["overview"]["details"]["success"] == 1
        proved(running)
    figures.tell(answers_503=answers.count(503), back_after_seconds=seconds)


@full_only
@root
@pytest.mark.timeout(900)
def test_the_embedded_database_comes_back_by_itself_after_its_log_found_no_space(
    figures: figures.Figures,
) -> None:
    with (
        place() as made,
        hostile.running() as origin,
        small_disk(made / "data", 300 * MEGABYTE) as data_dir,
        service.serving(None, workers=1, data_dir=data_dir) as running,
    ):
        ballast = fill(data_dir, 0)
        with pytest.raises(psycopg.OperationalError, match=r"closed the connection|No space left"):
            _fill_the_log(data_dir)
        until = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < until:
            assert running.post({"systemName": "none", "images": []}).status_code == 503
            time.sleep(0.2)
        ballast.unlink()
        begun = time.monotonic()
        job = service.image(origin.url("/jpeg/1?size=500"), 1)
        processes.until(
            lambda: (
                running.client.get("/api/v1/health").status_code == 200
                and running.post({"systemName": "archive", "images": [job]}).status_code == 200
            ),
            "the database is back",
            60,
        )
        seconds = round(time.monotonic() - begun, 1)
        # The one posted while waiting may still be under way: then the later decides.
        assert {row["state"] for row in running.bring([job])} <= {"skipped", "success"}
        proved(running)
    figures.tell(back_after_seconds=seconds)


def _fill_the_log(data_dir: Path) -> None:
    """Write-ahead log until there is no room for its next file: PostgreSQL panics."""
    url = f"postgresql://wirephoto@/wirephoto?host={data_dir}/run&port=5432"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(100):
            connection.execute("select pg_logical_emit_message(true, 'x', repeat('y', 500000))")
            connection.execute("select pg_switch_wal()")


def _post_until(running: service.Service, wanted_status: int) -> list[int]:
    """Statuses of answers to batches that fill the disk further, until one is as wanted."""
    batch = [
        service.image("http://127.0.0.1:9/none", n, metadata={"caption": "x" * 1000})
        for n in range(1000)
    ]
    answers: list[int] = []
    until = time.monotonic() + 120
    while wanted_status not in answers:
        assert time.monotonic() < until, f"{answers} {running.log()[-2000:]}"
        answer = running.post({"systemName": "filler", "images": batch})
        assert "Traceback" not in answer.text
        if answer.status_code == 503:
            assert "retry-after" in answer.headers
        answers.append(answer.status_code)
        time.sleep(0.2)
    return answers
