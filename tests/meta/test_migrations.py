"""Migrations only expand: the release before goes on working on the schema of the next."""

import re
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "src/wirephoto/db/migrations/versions"
LAST_BEFORE_THE_RULE = "0019"
_CONTRACTS = re.compile(
    r"\b(drop (table|column|view|function|type|index|constraint)|rename (to|column|constraint)"
    r"|alter column \w+ (set data )?type|set not null|truncate)\b"
)
_REQUIRED = re.compile(r"add column (?:if not exists )?(\w+) [^,;]*?not null(?![^,;]*default)")
_GROWS = "images|results|blobs|entries|entry_search|entry_changes|descriptions|deliveries"
_BLOCKS = re.compile(rf"create (?:unique )?index (?!concurrently)[^;]*? on ({_GROWS})\b")
_REASON = "-- contracts: "


def statements(text: str) -> str:
    """Without comments, in one line, in lower case."""
    return " ".join(re.sub(r"--.*", "", text).lower().split())


def breaks(text: str) -> list[str]:
    """What in a migration would stop the release before, or hold up imports."""
    found = statements(text)
    return [match[0] for rule in (_CONTRACTS, _REQUIRED, _BLOCKS) for match in rule.finditer(found)]


def later() -> list[Path]:
    files = VERSIONS.glob("[0-9]*.sql")
    return sorted(file for file in files if file.name[:4] > LAST_BEFORE_THE_RULE)


@pytest.mark.parametrize("file", later(), ids=lambda file: file.name)
def test_a_migration_expands_or_says_which_release_let_go(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not breaks(text) or _REASON in text, (
        "see docs/operate/upgrade.md, for whoever writes one"
    )


@pytest.mark.parametrize(
    "text",
    [
        "drop table workers;",
        "alter table jobs drop column note;",
        "alter table jobs rename column note to notes;",
        "alter table jobs alter column note type int;",
        "alter table jobs alter column note set not null;",
        "alter table jobs add column note text not null;",
        "create index x on images (job_id);",
        "create unique index x\n on entries (id);",
    ],
)
def test_what_the_release_before_would_not_bear_is_found(text: str) -> None:
    assert breaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "create table notes (id int not null); -- drop table",
        "alter table jobs add column note text;",
        "alter table jobs add column note text not null default '';",
        "create index concurrently x on images (job_id);",
        "create index x on notes (id);",
    ],
)
def test_what_only_expands_is_let_through(text: str) -> None:
    assert not breaks(text)
