"""``wirephoto search`` and the client's library, against a real server; the documents' programs."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import service
from tests.origins import hostile, pictures
from wirephoto import client

DOCUMENT = Path(__file__).parents[3] / "docs/reference/client.md"
TITLES = ("Nordwand im Schnee", "=cmd|' /C calc'!A0 schnee", "\x1b[2J schnee [bold]und Eis")


class Library:
    """Five pictures of the system ``alps``, and where a person types."""

    def __init__(self, running: service.Service, folder: Path, origin: hostile.Origin) -> None:
        self.running = running
        self.origin = origin
        self.environment = service.environment_for(folder, None) | {
            "WIREPHOTO_SERVER": running.url,
            "WIREPHOTO_TOKEN": running.token,
            "XDG_CONFIG_HOME": str(folder),
        }
        names = (*TITLES, "Rhein", "Aare")
        self.rows = [
            row  # a job each, so that one is newer than the other
            for n, name in enumerate(names)
            for row in running.bring(
                [service.image(origin.url(f"/jpeg/{n}"), n, fileName=name)], "alps"
            )
        ]

    def search(self, *words: str) -> subprocess.CompletedProcess[str]:
        return service.run("search", *words, environment=self.environment)

    def client(self) -> client.Client:
        return client.Client(self.running.url, self.running.token)


@pytest.fixture(scope="module")
def library(
    shared_service: service.Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    with hostile.running() as origin:
        yield Library(shared_service, tmp_path_factory.mktemp("shell"), origin)


def test_the_table_shows_what_fits_and_nothing_that_commands_a_terminal(library: Library) -> None:
    ended = library.search("schnee", "--system", "alps")
    assert ended.returncode == 0, ended.stderr
    assert "Nordwand im Schnee" in ended.stdout
    assert "[2J schnee [bold]und Eis" in ended.stdout
    assert "\x1b" not in ended.stdout
    assert "Rhein" not in ended.stdout


def test_a_csv_guards_formulas_and_says_where(library: Library) -> None:
    ended = library.search("schnee", "--csv")
    assert ended.returncode == 0, ended.stderr
    rows = {row["externalId"]: row for row in csv.DictReader(io.StringIO(ended.stdout))}
    assert set(rows) == {"0", "1", "2"}
    assert rows["1"]["title"] == f"'{TITLES[1]}"
    assert [row["_guarded"] for row in rows.values()].count("title") == 1
    assert json.loads(rows["1"]["metadata"])["title"] == TITLES[1]


def test_lines_of_json_go_on_over_pages_until_the_limit(library: Library) -> None:
    ended = library.search("--system", "alps", "--limit", "4", "--json")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["external_id"] for line in lines] == ["4", "3", "2", "1"]
    assert lines[0]["title"] == "Aare"


def test_what_the_server_does_not_understand_is_one_line_that_names_it(library: Library) -> None:
    ended = library.search("--created-from", "yesterday")
    assert ended.returncode == 2
    assert "createdFrom: must be a date or a time" in ended.stderr
    assert library.search("--json", "--csv").returncode == 2


def test_the_client_reads_pages_as_they_are_asked_for(library: Library) -> None:
    with library.client() as asked:
        found = asked.search(client.Query(system_name="alps"), page_size=2)
        assert [one.external_id for one in found] == ["4", "3", "2", "1", "0"]
        (one,) = asked.search("nordwand", page_size=1)
        assert (one.title, one.asset.mime_type) == (TITLES[0], "image/jpeg")
        assert asked.entry(one.id) == one
        wanted = [row["image"]["mediaId"] for row in library.rows]
        assert [entry.id for entry in asked.entries([*wanted, "nothing"])] == wanted
        assert asked.find(system_name="alps", id="0") == one
        assert asked.find(system_name="alps", id="nothing") is None
        with pytest.raises(client.Refused) as refused:
            asked.entry("nothing")
        assert refused.value.status == 404


async def test_the_same_with_asyncio(library: Library) -> None:
    async with client.AsyncClient(library.running.url, library.running.token) as asked:
        found = [one async for one in asked.search(client.Query(system_name="alps"), page_size=2)]
        assert [one.external_id for one in found] == ["4", "3", "2", "1", "0"]
        assert await asked.entry(found[0].id) == found[0]
        assert [one async for one in asked.entries([found[1].id])] == [found[1]]
        assert await asked.find(system_name="alps", id="3") == found[1]


def programs() -> list[str]:
    """Those in the document that are complete: they begin with their imports of ``os``."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return [block for block in blocks if "import os\n" in block]


@pytest.mark.parametrize("program", programs(), ids=lambda text: text.splitlines()[0][2:])
def test_a_complete_program_of_the_document_runs_as_it_stands(
    library: Library, program: str, tmp_path: Path
) -> None:
    (tmp_path / "eiger.jpg").write_bytes(pictures.jpeg(90))
    listed = f"{library.origin.url('/jpeg/8')}\n{library.origin.url('/status/404')}\n"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=library.environment,
        input=listed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    name = program.splitlines()[0]
    expected = {
        "# bring.py": "1 imported, 0 unchanged, 1 failed",
        "# bring_async.py": "http_status: the origin answered 404",
        "# folder.py": "1 imported, 0 unchanged, 0 failed\nleft out: {}",
        "# captions.py": "1",
        "# large.py": "Aare",
    }
    assert expected[name] in ended.stdout


def test_the_document_has_its_programs() -> None:
    assert len(programs()) == 5
