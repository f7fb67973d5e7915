"""``wirephoto token``: who may use the API, by the person at the command line."""

import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.fixtures import ledger, service

READ = ("--scope", "public-api:read")


@pytest.fixture
def environment(database_url: str) -> Iterator[dict[str, str]]:
    with service.folder() as data_dir:
        yield service.environment_for(data_dir, database_url)


def create(environment: dict[str, str], *arguments: str) -> str:
    ended = service.run("token", "create", *arguments, environment=environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def assert_refused(environment: dict[str, str], *arguments: str) -> str:
    ended = service.run("token", *arguments, environment=environment)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("wirephoto: ")
    return ended.stderr


def test_the_bare_token_is_the_only_line_on_stdout(environment: dict[str, str]) -> None:
    assert re.fullmatch(r"wp_[0-9A-Za-z]{44}\n", create(environment, "archive", *READ))


def test_only_the_digest_of_a_token_is_in_the_database(
    environment: dict[str, str], database_url: str
) -> None:
    token = create(environment, "archive", *READ).strip()
    (row,) = ledger.rows(database_url, "select * from tokens")
    assert row["digest"] == hashlib.sha256(token.encode()).digest()
    tables = ledger.rows(
        database_url, "select quote_ident(tablename) from pg_tables where schemaname = 'public'"
    )
    for table in tables:
        (name,) = table.values()
        texts = ledger.rows(database_url, f"select t::text from {name} as t")
        assert not [text for text in texts if token in str(text) or token[3:41] in str(text)]


def test_a_list_shows_every_token_in_a_line_and_no_secret(environment: dict[str, str]) -> None:
    name = "the [archive] of " + "a very long name " * 8
    token = create(environment, name, *READ, "--days", "3").strip()
    listed = service.run("token", "list", environment=environment)
    assert listed.returncode == 0
    (line,) = [line for line in listed.stdout.splitlines() if "archive" in line]
    assert name.strip() in line
    assert "public-api:read" in line
    assert "until 2" in line
    assert token[3:] not in listed.stdout


def test_a_revoked_token_counts_no_more_from_the_next_request_on(database_url: str) -> None:
    with service.serving(database_url, workers=0) as running:
        token = create(running.environment, "short lived", *READ).strip()
        with httpx.Client(
            base_url=running.url, headers={"Authorization": f"Bearer {token}"}
        ) as client:
            assert client.get("/api/v1/mediaLibrary?ids=a").status_code == 200
            ended = service.run("token", "revoke", "short lived", environment=running.environment)
            assert (ended.returncode, ended.stdout) == (0, "revoked 2 short lived\n")
            assert client.get("/api/v1/mediaLibrary?ids=a").status_code == 401
        listed = service.run("token", "list", environment=running.environment)
        (line,) = [line for line in listed.stdout.splitlines() if "short lived" in line]
        assert "revoked 2" in line


@pytest.mark.timeout(180)
def test_tokens_are_made_on_the_embedded_database_with_and_without_a_serve() -> None:
    with service.folder() as data_dir:
        environment = service.environment_for(data_dir, None)
        before = create(environment, "before", *READ).strip()
        with service.serving(None, workers=0, data_dir=data_dir) as running:
            during = create(environment, "during", *READ).strip()
            for token in (before, during):
                answer = running.client.get(
                    "/api/v1/mediaLibrary?ids=a", headers={"Authorization": f"Bearer {token}"}
                )
                assert answer.status_code == 200
        listed = service.run("token", "list", environment=environment).stdout
        assert "before" in listed
        assert "during" in listed


def test_an_unknown_scope_is_refused_with_those_that_there_are(
    environment: dict[str, str], database_url: str
) -> None:
    said = assert_refused(environment, "create", "archive", "--scope", "public-api:admin")
    assert "public-api:admin" in said
    assert "public-api:read, public-api:write" in said


def test_an_unknown_project_is_refused_with_the_file_that_would_make_it(
    environment: dict[str, str], database_url: str
) -> None:
    said = assert_refused(environment, "create", "archive", *READ, "--project", "agency")
    assert "'agency'" in said
    assert "projects/agency.json" in said
    assert ledger.value(database_url, "select count(*) from tokens") == 0


def test_a_token_that_is_not_in_force_cannot_be_revoked(environment: dict[str, str]) -> None:
    assert "'archive'" in assert_refused(environment, "revoke", "archive")


def test_a_token_without_a_scope_is_a_usage_error(environment: dict[str, str]) -> None:
    ended = service.run("token", "create", "archive", environment=environment)
    assert ended.returncode == 2
    assert "--scope" in ended.stderr
    assert "Traceback" not in ended.stderr
