"""What is in ``deploy`` is right in form, as its own tools see it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MOST_EXPOSURE = 1.5  # of 10, as systemd 252 counts
BIN = Path(sys.executable).parent

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def run(*command: str | Path) -> str:
    """What a tool says about a file that is right."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_the_containerfile_is_what_hadolint_wants() -> None:
    assert run(BIN / "hadolint", DEPLOY / "Containerfile") == ""


def test_the_compose_file_has_the_form_of_the_compose_specification() -> None:
    run(
        BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"
    )


def test_the_image_is_built_from_what_the_ignore_file_lets_through() -> None:
    copied = [
        name
        for line in (DEPLOY / "Containerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    ignore = (DEPLOY.parent / ".dockerignore").read_text().splitlines()
    assert sorted(copied) == sorted(line[1:] for line in ignore if line.startswith("!"))
    assert all((DEPLOY.parent / name).exists() for name in copied)


def test_the_lock_of_the_server_is_a_part_of_the_lock_of_all() -> None:
    def pins(name: str) -> set[str]:
        lines = (DEPLOY.parent / name).read_text().splitlines()
        return {line.split()[0] for line in lines if line and line[0] not in "# "}

    assert pins("requirements-server.lock") < pins("requirements.lock")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_one_that_systemd_reads_without_a_word(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text().replace("/opt/wirephoto/.venv/bin/wirephoto", "/bin/true")
    (tmp_path / unit.name).write_text(text)
    assert run("systemd-analyze", "verify", "--man=no", tmp_path / unit.name) == ""


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_keeps_the_service_in_its_bounds(unit: Path) -> None:
    threshold = f"--threshold={MOST_EXPOSURE * 10:.0f}"
    run("systemd-analyze", "security", "--offline=yes", threshold, "--no-pager", unit)


def test_both_units_have_the_same_bounds() -> None:
    def bounds(unit: Path) -> list[str]:
        return unit.read_text().partition("NoNewPrivileges=")[2].splitlines()

    one, other = UNITS
    assert bounds(one) == bounds(other)
