"""The release before, as it was, on the schema of this one: how machines are updated one by one.

``tests/files/releases`` holds its code (README there), so that no history and no network is needed.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ledger, postgres, processes, service
from tests.origins import hostile
from wirephoto.db import embedded, schema

(BEFORE,) = (Path(__file__).parents[2] / "files/releases").glob("*.tar.xz")
PICTURES = 150

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package of the release before."""
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(BEFORE) as packed:
        packed.extractall(folder)  # ours; `filter` came with 3.11.4, and Debian 12 has 3.11.2
    return folder / "src"


@pytest.fixture
def shared() -> Iterator[Path]:
    """Storage of all machines."""
    with service.folder() as made:
        yield made


def revision(url: str) -> str:
    return str(ledger.value(url, "select version_num from alembic_version"))


def pictures(origin: hostile.Origin, first: int, many: int) -> list[dict[str, object]]:
    return [
        service.image(origin.url(f"/jpeg/{number}?size=2000"), number)
        for number in range(first, first + many)
    ]


def assert_done(running: service.Service, job: str, total: int) -> None:
    details = running.wait(job)["overview"]["details"]
    assert details == {"success": total, "skipped": 0, "failed": 0}


def restart_worker(running: service.Service) -> None:
    """It dies, and ``serve`` starts another of its own release."""
    (worker,) = processes.workers(running.process.pid)
    worker.kill()
    processes.until(
        lambda: [one for one in processes.workers(running.process.pid) if one.pid != worker.pid],
        "another worker",
    )


def test_a_release_works_on_after_the_migrations_of_the_next_and_beside_it(
    cluster: embedded.Database, earlier: Path, shared: Path, tmp_path: Path
) -> None:
    url = postgres.empty_database(cluster)
    storage = f"file://{shared}/pictures"
    with (
        hostile.running() as origin,
        service.serving(url, PYTHONPATH=str(earlier), WIREPHOTO_STORAGE_URL=storage) as old,
    ):
        assert revision(url) == BEFORE.name.removesuffix(".tar.xz")
        origin.gate.clear()
        begun = old.accept(pictures(origin, 0, PICTURES))
        processes.until(origin.requests.total, "the import is under way")
        new = service.environment_for(tmp_path, url, WIREPHOTO_STORAGE_URL=storage)
        migrated = service.run("migrate", environment=new)
        assert migrated.returncode == 0, migrated.stderr
        assert revision(url) == schema.needed()
        origin.open_gate()
        assert_done(old, begun, PICTURES)
        restart_worker(old)
        assert_done(old, old.accept(pictures(origin, 1000, 5)), 5)
        with service.serving(url, WIREPHOTO_STORAGE_URL=storage) as beside:
            jobs = [
                one.accept(pictures(origin, 2000, PICTURES), str(one.url)) for one in (old, beside)
            ]
            for reader in (old, beside):
                for job in jobs:
                    assert_done(reader, job, PICTURES)
        service.prove(new)


def test_a_release_does_not_begin_on_the_schema_of_the_next(
    database_url: str, earlier: Path, tmp_path: Path
) -> None:
    environment = service.environment_for(tmp_path, database_url, PYTHONPATH=str(earlier))
    ended = service.run("serve", "--port", "0", environment=environment)
    assert ended.returncode == 2
    assert "the database was set up by another release" in ended.stderr
