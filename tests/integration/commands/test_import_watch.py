"""``wirephoto import --watch``: what comes is imported, once, and when it is whole."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fixtures import processes
from tests.fixtures import service as services
from tests.integration.commands.test_import_command import Shell, shell
from tests.origins import hostile, pictures

__all__ = ["shell"]


def imported(service: services.Service, system: str) -> list[str]:
    rows = service.sql(
        "select external_id from entries where system_name = %(system)s order by 1", system=system
    )
    return [str(id_) for (id_,) in rows]


@contextmanager
def watching(shell: Shell, what: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    running = shell.start(what, "--watch", "--json", *more)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def end(running: "subprocess.Popen[str]", number: int = signal.SIGINT) -> tuple[int, int, int]:
    """Imported, unchanged, failed."""
    running.send_signal(number)
    said, problem = running.communicate(timeout=60)
    assert said, problem
    document = json.loads(said)
    assert running.returncode == (1 if document["failed"] else 0), problem
    return document["success"], document["skipped"], document["failed"]


def test_what_comes_into_a_folder_is_imported_once_and_when_it_is_whole(
    shell: Shell, shared_service: services.Service
) -> None:
    """One that is there, one that is moved in, one that is written piece by piece."""
    folder = shell.folder / "in"
    (folder / "desk").mkdir(parents=True)
    (folder / "there.jpg").write_bytes(pictures.jpeg(7000))
    (folder / "notes.txt").write_text("none")
    content = pictures.jpeg(7001, 300_000)
    with watching(shell, folder) as running:
        processes.until(lambda: imported(shared_service, shell.system) == ["there.jpg"], "first")
        moved = shell.folder / "moved.jpg"
        moved.write_bytes(pictures.jpeg(7002))
        shutil.move(moved, folder / "desk" / "moved.jpg")
        with (folder / "slow.jpg").open("wb") as file:
            for start in range(0, len(content), 100_000):
                file.write(content[start : start + 100_000])
                file.flush()
                processes.until(
                    lambda: "desk/moved.jpg" in imported(shared_service, shell.system), "moved"
                )
                assert "slow.jpg" not in imported(shared_service, shell.system) or start
        wanted = ["desk/moved.jpg", "slow.jpg", "there.jpg"]
        processes.until(lambda: imported(shared_service, shell.system) == wanted, "slow")
        success, _, _ = end(running)
        assert success >= 3
    (entry,) = shared_service.get(
        "/mediaLibrary", systemName=shell.system, externalId="slow.jpg"
    ).json()
    assert shared_service.client.get(entry["asset"]["url"]).content == content
    (folder / "later.jpg").write_bytes(pictures.jpeg(7003))
    with watching(shell, folder) as running:
        processes.until(lambda: len(imported(shared_service, shell.system)) == 4, "later")
        assert end(running, signal.SIGTERM) == (1, 0, 0)
    ((jobs,),) = shared_service.sql(
        "select count(*)::int from jobs where system_name = %(system)s", system=shell.system
    )
    assert jobs >= 3


def test_a_manifest_that_grows_is_imported_row_by_row(
    shell: Shell, shared_service: services.Service
) -> None:
    with hostile.running() as origin:
        manifest = shell.folder / "feed.csv"
        manifest.write_text(f"url,id\n{origin.url('/jpeg/1')},1\n{origin.url('/status/404')},2\n")
        with watching(shell, manifest) as running:
            processes.until(lambda: imported(shared_service, shell.system) == ["1"], "first")
            with manifest.open("a") as file:
                file.write(f"{origin.url('/jpeg/3')},3\n{origin.url('/jpeg/4')[:-6]}")
                file.flush()
                processes.until(lambda: "3" in imported(shared_service, shell.system), "third")
                file.write(f"{origin.url('/jpeg/4')[-6:]},4\n")
            processes.until(
                lambda: imported(shared_service, shell.system) == ["1", "3", "4"], "fourth"
            )
            assert end(running) == (3, 0, 1)
        with watching(shell, manifest, "--report", str(shell.folder / "report.csv")) as running:
            report = shell.folder / "report.csv"
            processes.until(
                lambda: report.exists() and "http_status" in report.read_text(), "reported again"
            )
            assert end(running) == (0, 0, 1)  # what failed is tried again at each start


def test_what_cannot_be_watched_is_told(shell: Shell) -> None:
    missing = shell.bring(shell.folder / "nowhere.csv", "--watch")
    assert missing.returncode == 2
    assert os.strerror(2) in missing.stderr
    both = shell.run("import", "a.csv", "b.csv", "--system", "x", "--watch")
    assert "--watch takes one folder or manifest" in both.stderr
