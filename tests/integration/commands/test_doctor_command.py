"""``wirephoto doctor``: what is right, what is not, and what to do about it."""

from collections.abc import Iterator

import pytest

from tests.fixtures import ledger, processes, service


@pytest.fixture
def environment(database_url: str) -> Iterator[dict[str, str]]:
    with service.folder() as data_dir:
        yield service.environment_for(data_dir, database_url)


def findings(environment: dict[str, str]) -> tuple[int, dict[str, tuple[bool, str]]]:
    """The exit code, and by topic whether it is right and what is said of it."""
    ended = service.run("doctor", environment=environment)
    assert "Traceback" not in ended.stderr
    found = {}
    for line in ended.stdout.splitlines():
        mark, topic, text = line.split(maxsplit=2)
        assert mark in {"ok", "look"}
        found[topic] = (mark == "ok", text)
    return ended.returncode, found


def test_all_is_well_while_a_serve_runs(database_url: str) -> None:
    with service.serving(database_url, workers=1) as running:
        alive = "select count(*) from workers"
        processes.until(lambda: ledger.value(database_url, alive) == 1, "a worker")
        code, found = findings(running.environment)
    assert code == 0
    assert [topic for topic, (right, _) in found.items() if not right] == []
    assert sorted(found) == sorted(
        (
            "settings",
            "projects",
            "guard",
            "database",
            "decoder",
            "schema",
            "clock",
            "workers",
            "storage",
            "room",
        )
    )


def test_without_workers_it_says_what_to_start(environment: dict[str, str]) -> None:
    code, found = findings(environment)
    assert code == 1
    assert found["workers"] == (
        False,
        "none alive: start `wirephoto serve` or `wirephoto worker`",
    )
    assert found["database"][0]
    assert found["storage"][0]


def test_storage_that_cannot_be_written_is_named_with_its_setting(
    environment: dict[str, str],
) -> None:
    code, found = findings(environment | {"WIREPHOTO_STORAGE_URL": "file:///proc/[pictures]"})
    assert code == 1
    right, text = found["storage"]
    assert not right
    assert "/proc/[pictures]" in text
    assert "WIREPHOTO_STORAGE_URL" in text


def test_an_unknown_variable_is_named(environment: dict[str, str]) -> None:
    code, found = findings(environment | {"WIREPHOTO_WROKERS": "3"})
    assert code == 1
    right, text = found["settings"]
    assert not right
    assert text.startswith("WIREPHOTO_WROKERS: ")


def test_a_database_that_is_away_does_not_hide_the_other_findings(
    environment: dict[str, str],
) -> None:
    away = "postgresql://127.0.0.1:1/wirephoto?connect_timeout=3"
    code, found = findings(environment | {"WIREPHOTO_DATABASE_URL": away})
    assert code == 1
    right, text = found["database"]
    assert not right
    assert "WIREPHOTO_DATABASE_URL" in text
    assert found["storage"][0]


def test_networks_that_the_guard_lets_through_are_shown(environment: dict[str, str]) -> None:
    _, found = findings(environment)
    assert found["guard"] == (
        True,
        "on; exempt by WIREPHOTO_ALLOW_NETWORKS: 127.0.0.0/8, ::1/128",
    )
