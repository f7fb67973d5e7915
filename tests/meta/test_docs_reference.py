"""The reference says what the program has: each setting, code, command, route and state."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main

from wirephoto import cli, errors, settings, wiring
from wirephoto.api import app as api
from wirephoto.project import own_settings, plugins

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
MIGRATIONS = ROOT / "src/wirephoto/db/migrations/versions"
_CHECK = re.compile(r"check \(state in \(([^)]*)\)\)")
_TABLE = re.compile(r"^create table (\w+) \((.*?)^\)", re.MULTILINE | re.DOTALL)
_ALTER = re.compile(r"^alter table (\w+)\n(.*?);", re.MULTILINE | re.DOTALL)
_DEFAULTS = {"workers": "one a core, 8 at most"}  # those that differ between machines


def read(path: Path) -> str:
    return path.read_text("utf-8")


def section(text: str, heading: str) -> str:
    """From a heading to the next of its level; a fault of the document when it is not there."""
    level = heading.split(" ", maxsplit=1)[0]
    found = re.search(
        rf"^{re.escape(heading)}$(.*?)(?=^{level} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"there is no heading {heading!r}"
    return found[1]


def shown_default(name: str) -> str:
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    default = settings.Settings.model_fields[name].default
    if default is None or default == ():
        return "none"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def setting_row(name: str) -> str:
    """The row that the table of settings must hold."""
    description = settings.Settings.model_fields[name].description
    assert description, f"the setting {name} has no description"
    return f"| `{settings.PREFIX}{name.upper()}` | {shown_default(name)} | {description} |"


@pytest.mark.parametrize("name", settings.Settings.model_fields)
def test_a_setting_is_documented_with_its_default_and_its_own_words(name: str) -> None:
    rows = read(REFERENCE / "settings.md").splitlines()
    assert setting_row(name) in rows


def test_no_document_speaks_of_a_setting_that_is_none() -> None:
    known = {settings.PREFIX + name.upper() for name in settings.Settings.model_fields}
    known |= settings.CLIENT_VARIABLES
    for path in documents():
        spoken_of = set(re.findall(r"WIREPHOTO_[A-Z0-9_]+", read(path)))
        assert spoken_of <= known, path.name


def documents() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    yield from DOCS.rglob("*.md")


def test_the_failure_codes_documented_are_those_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", read(REFERENCE / "failure-codes.md"), re.MULTILINE)
    assert {code for code, _ in rows} == errors.failure_codes()
    assert len(rows) == len(errors.failure_codes())
    for code, rest in rows:
        assert all(cell.strip() for cell in rest.split("|")), f"{code} has an empty cell"


def commands() -> dict[str, Any]:
    """Commands by what is typed, groups left out."""

    def walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "commands"):
            yield prefix, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(f"{prefix} {name}", inner)

    return dict(walk("wirephoto", typer.main.get_command(cli.app)))


@pytest.mark.parametrize("name", commands())
def test_a_command_is_documented_with_every_argument_and_option(name: str) -> None:
    command = commands()[name]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    heading = " ".join([name, *(one.name.upper() for one in arguments)])
    text = section(read(REFERENCE / "commands.md"), f"## `{heading}`")
    for parameter in command.params:
        for option in parameter.opts if parameter.param_type_name == "option" else ():
            assert f"`{option}`" in text, f"{name} lacks {option}"


def test_every_command_that_is_documented_is_there() -> None:
    for path in documents():
        typed = re.findall(r"(?:bin/|`)wirephoto ([a-z]+)(?: ([a-z]+))?", read(path))
        for first, second in typed:
            known = {name.removeprefix("wirephoto ") for name in commands()}
            groups = {name.split(" ")[0] for name in known if " " in name}
            assert first in known or f"{first} {second}" in known or first in groups, (
                f"{path.name}: wirephoto {first} {second}"
            )


def test_the_options_of_every_command_together_are_documented() -> None:
    text = read(REFERENCE / "commands.md")
    for parameter in typer.main.get_command(cli.app).params:
        assert all(f"`{option}`" in text for option in parameter.opts)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what OpenAPI says of it."""
    built = api.build(cast("wiring.Api", None))
    for path, methods in built.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_is_documented_with_its_parameters() -> None:
    text = read(REFERENCE / "api.md")
    found = list(operations())
    assert found
    for method, path, operation in found:
        assert re.search(rf"(^## |`){method} {re.escape(path)}", text, re.MULTILINE), (
            f"{method} {path}"
        )
        part = section(text, f"## {'GET' if method == 'HEAD' else method} {path}")
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert f"`{parameter['name']}`" in part, f"{path} lacks {parameter['name']}"


def test_every_route_that_is_documented_is_there() -> None:
    there = {(method, path) for method, path, _ in operations()} | {("GET", "/openapi.json")}
    there.add(("HEAD", "/api/{version}/mediaLibrary/serve-image/{key}"))  # OpenAPI names its GET
    said = re.findall(r"(?:^## |`)([A-Z]+) (/[^\s`]+)", read(REFERENCE / "api.md"), re.MULTILINE)
    assert set(said) <= there


def test_every_status_that_a_route_answers_with_an_error_is_documented() -> None:
    part = section(read(REFERENCE / "api.md"), "## Errors")
    for method, path, operation in operations():
        for status in operation["responses"]:
            if int(status) >= 400:
                assert f"| {status} |" in part, f"{method} {path} may answer {status}"


def states() -> Iterator[tuple[str, str]]:
    """Table and state, from the checks of the migrations."""
    for path in sorted(MIGRATIONS.glob("*.sql")):
        text = read(path)
        for table, body in _TABLE.findall(text) + _ALTER.findall(text):
            for listed in _CHECK.findall(body):
                yield from ((table, state.strip(" '")) for state in listed.split(","))


@pytest.mark.parametrize(("table", "state"), list(states()))
def test_every_state_of_a_row_is_described_and_drawn(table: str, state: str) -> None:
    text = read(DOCS / "states.md")
    heading = re.search(rf"^## .*\(`{table}`\)$", text, re.MULTILINE)
    assert heading, f"no section for {table}"
    part = section(text, heading[0])
    drawing = part.split("```")[1]
    assert f"`{state}`" in part
    assert re.search(rf"\b{state}\b", drawing)


@pytest.mark.parametrize("name", plugins.PLUGINS)
def test_a_metadata_plugin_is_documented_with_its_options(name: str) -> None:
    text = read(REFERENCE / "project-files.md")
    row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
    assert all(f"`{option}`" in row for option in plugins.PLUGINS[name].options)


def test_our_own_settings_of_a_project_are_those_documented() -> None:
    part = section(read(REFERENCE / "project-files.md"), "## Our own settings")
    rows = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
    assert rows == [*own_settings._LIMITS, *own_settings._SECRETS]
