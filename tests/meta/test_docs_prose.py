"""What the documents say can be followed: links, files, verbs, examples, and what is not there."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main

from wirephoto import cli, wiring
from wirephoto.api import app as api
from wirephoto.pipeline.accept import request
from wirephoto.project import config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "src/wirephoto"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "bench").glob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
README_LINES = 150

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_UNFINISHED = re.compile(
    r"\b(TODO|TBD|FIXME|XXX|lorem ipsum|coming soon|to be written)\b", re.IGNORECASE
)
_DECISION = re.compile(
    r"# (\d+)\. .+\n\n- Status: (?:accepted|superseded by \[.+\))\n- Date: \d{4}-\d{2}-\d{2}\n\n"
    r"## Decision\n\n.+?\n\n## Reason\n\n.+?\n\n## Consequences\n\n.+\n",
    re.DOTALL,
)


def read(path: Path) -> str:
    return path.read_text("utf-8")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """Without what stands in fences."""
    return _FENCE.sub("", read(path))


def anchors(path: Path) -> set[str]:
    """Of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.replace(" ", "-") for head in plain}


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(prose(path)):
        target, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), link
        assert not anchor or anchor in anchors(found), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_nothing_is_left_to_be_written(path: Path) -> None:
    assert not _UNFINISHED.search(read(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_verb_of_make_is_in_the_makefile(path: Path) -> None:
    there = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    told = re.findall(r"(?:`|^)make ([a-z]+)\b", read(path), re.MULTILINE)
    assert set(told) <= there


def test_contributing_tells_every_verb_of_make() -> None:
    there = set(re.findall(r"^([a-z]+):.*##", read(ROOT / "Makefile"), re.MULTILINE)) - {"help"}
    assert there == set(
        re.findall(r"^\| `make ([a-z]+)` \|", read(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    files = re.findall(r"`((?:[a-z_]+/)+[\w.]+\.(?:py|sql|md|toml))`", prose(path))
    for file in files:
        assert (ROOT / file).exists() or (PACKAGE / file).exists(), file


def test_the_import_path_names_every_module_of_the_pipeline() -> None:
    text = read(DOCS / "import-path.md")
    for path in sorted((PACKAGE / "pipeline").rglob("*.py")):
        if path.name != "__init__.py":
            assert f"`{path.relative_to(PACKAGE)}`" in text


def test_contributing_shows_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["containers"] == ["wirephoto"])
    names = [name.strip() for layer in layers for name in layer.split("|")]
    rows = re.findall(r"^\| (`.*?) \|", read(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    shown = re.findall(r"`(\w+)`", " ".join(rows))
    assert [name for name in shown if name in names] == [n for n in names if n != "__main__"]


def test_the_changelog_has_the_version_of_the_package() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog(), re.MULTILINE
    )


def changelog() -> str:
    return read(ROOT / "CHANGELOG.md")


def test_the_changelog_has_the_headings_of_its_form() -> None:
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", changelog(), re.MULTILINE)) <= kinds
    dated = re.findall(r"^## \[[\d.]+\] - (\S+)$", changelog(), re.MULTILINE)
    assert dated == sorted(dated, reverse=True)


@pytest.mark.parametrize("path", DECISIONS, ids=named)
def test_a_decision_has_its_form_and_its_number(path: Path) -> None:
    found = _DECISION.fullmatch(read(path))
    assert found, "title, status, date, decision, reason, consequences"
    assert path.name.startswith(f"{int(found[1]):04}-")


def test_decisions_are_numbered_without_gaps_and_all_listed() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = _LINK.findall(read(DOCS / "decisions/README.md"))
    assert listed == [path.name for path in DECISIONS]


def test_the_readme_is_short_and_leads_to_every_document() -> None:
    readme = ROOT / "README.md"
    assert len(read(readme).splitlines()) < README_LINES
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in _LINK.findall(read(readme))}
    for path in DOCUMENTS:
        beside = path.parent == DOCS / "decisions" or path.parent == ROOT / "bench"
        assert path in linked or beside or path == readme, path.name


def _is_there(word: str) -> bool:
    """Whether what the README calls missing is there by now."""
    paths = api.build(cast("wiring.Api", None)).openapi()["paths"]
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]  # a group
    found = {
        "PATCH": any("patch" in methods for methods in paths.values()),
        "`import/mediaLibrary`": any("/import/mediaLibrary" in path for path in paths),
        "renditions": "w" in _parameters(paths, "/mediaLibrary/serve-image/{key}"),
        "cancel": any("/cancel" in path for path in paths),
        "retry of jobs": any("/retry" in path for path in paths),
        "server-sent events": any("/events" in path for path in paths),
        "webhook deliveries over the API": any("/deliveries" in path for path in paths),
        "`dryRun`": "dryRun" in _parameters(paths, "/import/images"),
        "`update`": hasattr(request.Request, "update"),
        "`checksum`": hasattr(request.Image, "checksum"),
        "import on the command line": "import" in commands,
    }
    return found[word]


def _parameters(paths: dict[str, Any], end: str) -> set[str]:
    return {
        parameter["name"]
        for path, methods in paths.items()
        if path.endswith(end)
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    }


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
@pytest.mark.parametrize(
    "word",
    [
        "PATCH",
        "`import/mediaLibrary`",
        "renditions",
        "cancel",
        "retry of jobs",
        "server-sent events",
        "webhook deliveries over the API",
        "`dryRun`",
        "`update`",
        "`checksum`",
        "import on the command line",
    ],
)
def test_what_is_called_missing_is_missing(word: str) -> None:
    missing = read(ROOT / "README.md").partition("## Not yet")[2].partition("\n## ")[0]
    assert (word in missing) != _is_there(word)


def blocks(kind: str) -> Iterator[tuple[Path, str]]:
    for path in DOCUMENTS:
        yield from ((path, body) for found, body in _FENCE.findall(read(path)) if found == kind)


def test_every_json_in_the_documents_is_json() -> None:
    found = list(blocks("json"))
    assert found
    for path, body in found:
        try:
            json.loads(body)
        except ValueError as fault:
            pytest.fail(f"{named(path)}: {fault}\n{body}")


def test_every_batch_in_the_documents_is_decoded() -> None:
    batches = [body for _, body in blocks("json") if '"systemName"' in body and '"url": "' in body]
    requests = [body for body in batches if "images" in json.loads(body)]
    shaped = [body for body in requests if "systemName" in json.loads(body)]
    session = re.search(r"-d '(\{.*?\n\})'", read(ROOT / "README.md"), re.DOTALL)
    assert session
    for body in [*shaped, session[1]]:
        assert request.decode(body.encode()).images


def test_the_project_file_in_the_documents_loads_without_a_warning(tmp_path: Path) -> None:
    (body,) = [body for path, body in blocks("json") if path.name == "project-files.md"]
    file = tmp_path / "news.json"
    file.write_text(body)
    file.chmod(0o600)
    read_back = config.read_folder(tmp_path)
    assert not read_back.warnings
    assert set(read_back.projects["news"].media_types) == {"image"}


def test_every_program_in_the_documents_compiles() -> None:
    programs = list(blocks("python"))
    assert programs
    for path, body in programs:
        compile(body, named(path), "exec")
