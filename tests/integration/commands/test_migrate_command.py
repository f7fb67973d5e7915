"""``wirephoto migrate`` and the schema at the start, with a later release beside this one."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import psycopg
import pytest

import wirephoto
from tests.fixtures import ledger, service
from wirephoto import errors
from wirephoto.cli import database
from wirephoto.db import schema

LATER = """
from alembic import op

revision = "9999"
down_revision = "{now}"


def upgrade() -> None:
    op.execute("alter table jobs add column later int")
"""

WAITING = """
select count(*) from pg_locks
where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())
"""


WAITS_FOR_JOBS = """
select count(*) from pg_locks where relation = 'jobs'::regclass and not granted
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with service.folder() as made:
        yield made


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A folder with the next release: this one, and a migration more."""
    assert wirephoto.__file__ is not None
    package = shutil.copytree(Path(wirephoto.__file__).parent, tmp_path / "wirephoto")
    versions = package / "db" / "migrations" / "versions"
    (versions / "r9999_later.py").write_text(LATER.format(now=schema.needed()))
    return tmp_path


def environment(
    data_dir: Path, database_url: str | None, release: Path | None = None
) -> dict[str, str]:
    made = service.environment_for(data_dir, database_url)
    return made | {"PYTHONPATH": str(release)} if release else made


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of the release that the environment names, whatever folder we stand in."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "wirephoto", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def revision(database_url: str) -> str:
    return str(ledger.value(database_url, "select version_num from alembic_version"))


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("token", "list")])
def test_a_schema_that_is_behind_is_refused_with_the_command_to_run(
    command: tuple[str, ...], data_dir: Path, database_url: str, later: Path
) -> None:
    ended = run(*command, environment=environment(data_dir, database_url, later))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"wirephoto: the database's schema is at {schema.needed()}, this release needs 9999: "
        "run `wirephoto migrate`\n"
    )
    assert revision(database_url) == schema.needed()


def test_migrate_brings_the_schema_up_and_can_be_repeated(
    data_dir: Path, database_url: str, later: Path
) -> None:
    for _ in range(2):
        ended = run("migrate", environment=environment(data_dir, database_url, later))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout == "the database is at 9999\n"
    listed = run("token", "list", environment=environment(data_dir, database_url, later))
    assert listed.returncode == 0


def test_two_that_migrate_at_once_wait_for_each_other(
    data_dir: Path, database_url: str, later: Path
) -> None:
    with futures.ThreadPoolExecutor(2) as threads:
        ended = list(
            threads.map(
                lambda _: run("migrate", environment=environment(data_dir, database_url, later)),
                range(2),
            )
        )
    assert [(one.returncode, one.stdout) for one in ended] == [(0, "the database is at 9999\n")] * 2


@pytest.mark.timeout(180)
def test_the_embedded_database_is_migrated_at_the_start(data_dir: Path, later: Path) -> None:
    first = run("token", "list", environment=environment(data_dir, None))
    assert first.returncode == 0, first.stderr
    ended = run("doctor", environment=environment(data_dir, None, later))
    assert "at 9999, as this release needs" in ended.stdout, ended.stderr


@pytest.mark.parametrize("command", [("migrate",), ("token", "list")])
def test_a_schema_of_a_newer_release_is_refused_in_one_line(
    command: tuple[str, ...], data_dir: Path, database_url: str
) -> None:
    ledger.rows(database_url, "update alembic_version set version_num = '9999'")
    ended = run(*command, environment=environment(data_dir, database_url))
    assert ended.returncode == 2
    assert ended.stderr.startswith("wirephoto: the database was set up by another release")
    assert ended.stderr.count("\n") == 1


def test_who_looks_between_two_migrations_waits_and_finds_the_schema_whole(
    data_dir: Path, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as migrating:
        migrating.execute("select pg_advisory_lock(%s)", [schema._LOCK])
        migrating.execute("update alembic_version set version_num = '0015'")
        with futures.ThreadPoolExecutor(1) as threads:
            other = threads.submit(
                run, "token", "list", environment=environment(data_dir, database_url)
            )
            while not other.done() and not ledger.value(database_url, WAITING):
                time.sleep(0.05)
            migrating.execute("update alembic_version set version_num = %s", [schema.needed()])
            migrating.execute("select pg_advisory_unlock(%s)", [schema._LOCK])
            ended = other.result()
    assert ended.returncode == 0, ended.stderr


def test_an_empty_database_is_set_up_by_whoever_comes_first(
    data_dir: Path, database_url: str
) -> None:
    ledger.rows(database_url, "drop schema public cascade")
    ledger.rows(database_url, "create schema public")
    with futures.ThreadPoolExecutor(2) as threads:
        ended = list(
            threads.map(
                lambda _: run("token", "list", environment=environment(data_dir, database_url)),
                range(2),
            )
        )
    assert [one.returncode for one in ended] == [0, 0], [one.stderr for one in ended]
    assert revision(database_url) == schema.needed()


def test_a_migration_that_waits_for_a_table_holds_nobody_up_for_long(
    data_dir: Path, database_url: str, later: Path
) -> None:
    with (
        psycopg.connect(database_url) as reading,
        psycopg.connect(database_url, autocommit=True) as importing,
        futures.ThreadPoolExecutor(1) as threads,
    ):
        reading.execute("select from jobs")  # a backup does so for an hour
        migrating = threads.submit(
            run, "migrate", environment=environment(data_dir, database_url, later)
        )
        while not ledger.value(database_url, WAITS_FOR_JOBS):
            assert not migrating.done(), migrating.result().stderr
            time.sleep(0.05)
        importing.execute("set statement_timeout = '30s'")
        importing.execute("select from jobs")
        reading.rollback()
        ended = migrating.result()
    assert ended.returncode == 0, ended.stderr
    assert revision(database_url) == "9999"


def test_a_table_that_stays_held_is_said(
    database_url: str, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", later / "wirephoto/db/migrations")
    monkeypatch.setattr(schema, "_TRIES", 1)
    with psycopg.connect(database_url) as reading:
        reading.execute("select from jobs")
        with (
            pytest.raises(errors.OperatorError, match="held by another session"),
            database.translated(),
        ):
            schema.migrate(database_url)
    assert revision(database_url) < "9999"
