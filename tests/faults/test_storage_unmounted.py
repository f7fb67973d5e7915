"""A storage disk that is unmounted is storage that is away: nothing is put where it was."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import scale
from tests.fixtures import processes, service
from tests.origins import hostile

PICTURES = scale.pick(40, 1000)
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
    pytest.mark.timeout(900),
]


class Disk:
    """A folder, and the disk that is mounted on it or not."""

    def __init__(self, made: Path) -> None:
        self.point = made / "disk"
        self._device = made / "device"
        for folder in (self.point, self._device):
            folder.mkdir()

    def mount(self) -> None:
        done = subprocess.run(["mount", "--bind", self._device, self.point], check=False)
        if done.returncode:
            pytest.skip("this machine lets nobody mount")

    def unmount(self) -> None:
        """At once, like a disk that is torn out: also while files on it are open."""
        subprocess.run(["umount", "--lazy", self.point], check=True)

    @property
    def is_mounted(self) -> bool:
        return os.path.ismount(self.point) or any(
            line.split()[4] == str(self.point)
            for line in Path("/proc/self/mountinfo").read_text().splitlines()
        )


@pytest.fixture
def disk() -> Iterator[Disk]:
    with tempfile.TemporaryDirectory(prefix="wirephoto-test-") as made:
        Path(made).chmod(0o755)
        found = Disk(Path(made).resolve())
        found.mount()
        try:
            yield found
        finally:
            while found.is_mounted:
                found.unmount()


def settings(disk: Disk) -> dict[str, Any]:
    return {"WIREPHOTO_STORAGE_URL": f"file://{disk.point}/pictures"}


def wanted(origin: hostile.Origin, first: int = 0) -> list[dict[str, object]]:
    numbers = range(first, first + PICTURES)
    return [service.image(origin.url(f"/jpeg/{n}?size=9000&after=0.02"), n) for n in numbers]


def left_under(disk: Disk) -> list[Path]:
    """What lies under the mount point while nothing is mounted there."""
    assert not disk.is_mounted
    return list(disk.point.rglob("*"))


def test_pictures_wait_for_a_disk_that_is_unmounted_in_mid_import(
    database_url: str, disk: Disk
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, **settings(disk)) as running,
    ):
        first = running.bring(wanted(origin))[0]["image"]["url"]
        job = running.accept(wanted(origin, PICTURES))
        processes.until(
            lambda: origin.requests.total() > PICTURES + PICTURES // 4, "it is at work", 60
        )
        disk.unmount()
        processes.until(lambda: '"storage_away"' in running.log(), "it is noticed", 60)
        assert running.client.get(first).status_code == 503
        assert not running.status(job)["finished"]
        assert left_under(disk) == []
        proof = service.run("verify", environment=running.environment)
        assert proof.returncode != 0
        assert "is it mounted?" in proof.stderr
        doctor = service.run("doctor", environment=running.environment)
        assert doctor.returncode != 0
        assert "is it mounted?" in doctor.stdout + doctor.stderr

        disk.mount()
        details = running.wait(job, patience=120)["overview"]["details"]
        assert details == {"success": PICTURES, "skipped": 0, "failed": 0}
        assert running.client.get(first).status_code == 200
        service.prove(running.environment)


def test_a_start_without_the_disk_puts_nothing_under_its_mount_point(
    database_url: str, disk: Disk
) -> None:
    with hostile.running() as origin:
        with service.serving(database_url, **settings(disk)) as running:
            running.bring(wanted(origin)[:3])
        disk.unmount()
        with service.serving(database_url, **settings(disk)) as running:
            job = running.accept(wanted(origin, PICTURES)[:3])
            processes.until(lambda: '"storage_away"' in running.log(), "it is noticed", 60)
            assert left_under(disk) == []
            assert origin.requests.total() == 3, "nothing is fetched meanwhile"
            disk.mount()
            assert running.wait(job, patience=120)["overview"]["details"]["success"] == 3
            service.prove(running.environment)


def test_storage_from_before_there_were_marks_is_not_taken_for_an_empty_folder(
    database_url: str, disk: Disk
) -> None:
    with hostile.running() as origin:
        with service.serving(database_url, **settings(disk)) as running:
            running.bring(wanted(origin)[:3])
            running.sql("truncate storage_marks")
        mark = disk.point / "pictures/.wirephoto/mark"
        mark.unlink()
        disk.unmount()
        with service.serving(database_url, **settings(disk)) as running:
            assert '"storage_without_mark"' in running.log()
            assert left_under(disk) == []
        disk.mount()
        with service.serving(database_url, **settings(disk)) as running:
            assert running.bring(wanted(origin, PICTURES)[:3])[0]["state"] == "success"
            assert mark.read_text().strip() == running.sql("select mark from storage_marks")[0][0]
