"""The wheel is the whole program: it runs where no checkout is."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import wirephoto
from tests.fixtures import service
from tests.origins import hostile

assert wirephoto.__file__ is not None
CHECKOUT = Path(wirephoto.__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Path]:
    """A folder with what a wheel of pure Python puts into site-packages."""
    with service.folder() as made, zipfile.ZipFile(wheel) as archive:
        archive.extractall(made)
        yield made


def outside(installed: Path, environment: dict[str, str]) -> dict[str, str]:
    return environment | {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=outside(installed, dict(os.environ)),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    package = CHECKOUT / "src" / "wirephoto"
    wanted = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert wanted <= held
    assert {name for name in held if ".dist-info/" not in name} == wanted
    assert "wirephoto/py.typed" in held
    assert "wirephoto/db/migrations/versions/0001_import_path.sql" in held
    assert "wirephoto/db/sql/chunks.sql" in held


def test_the_wheel_names_the_command_and_carries_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (n for n in archive.namelist() if n.endswith("/entry_points.txt"))
        assert "wirephoto = wirephoto.cli:main" in archive.read(entry_points).decode()
        assert [n for n in archive.namelist() if n.endswith("licenses/LICENSE")]


def test_the_installed_package_is_the_one_that_runs(installed: Path) -> None:
    shown = run(installed, "-c", "import wirephoto; print(wirephoto.__file__)")
    assert shown.stdout.strip() == str(installed / "wirephoto" / "__init__.py"), shown


def test_the_installed_command_shows_its_help(installed: Path) -> None:
    ended = run(installed, "-m", "wirephoto", "--help")
    assert ended.returncode == 0
    for command in ("serve", "worker", "token", "migrate", "doctor"):
        assert command in ended.stdout


def test_the_installed_program_imports_a_picture(
    installed: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in outside(installed, {}).items():
        monkeypatch.setenv(name, value)
    with hostile.running() as origin, service.serving(database_url) as running:
        (row,) = running.bring([service.image(origin.url("/jpeg/1?size=2000"))])
        assert row["state"] == "success"
        assert str(CHECKOUT) not in loaded_from(running)


def loaded_from(running: service.Service) -> str:
    """The Python path of the service and of its workers."""
    return Path(f"/proc/{running.process.pid}/environ").read_text().partition("PYTHONPATH=")[2]
