"""Migrations and decisions are numbered without a gap and without a double."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = ROOT / "src/wirephoto/db/migrations/versions"


def test_every_migration_has_a_number_of_its_own_and_follows_the_one_before() -> None:
    found = sorted(VERSIONS.glob("r[0-9]*.py"))
    numbers = [file.name[1:5] for file in found]
    assert numbers == [f"{number:04}" for number in range(1, len(found) + 1)]
    for file, before in zip(found[1:], numbers, strict=False):
        text = file.read_text()
        assert f'revision = "{file.name[1:5]}"\ndown_revision = "{before}"' in text, file.name
        assert (VERSIONS / f"{file.stem[1:]}.sql").exists(), file.name


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [file.name[:4] for file in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    index = (ROOT / "docs/decisions/README.md").read_text()
    assert re.findall(r"^(\d+)\. \[", index, re.MULTILINE) == [str(int(one)) for one in numbers]
