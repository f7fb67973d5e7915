"""What an operator does wrong is one line on stderr and exit code 2, never a traceback."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import service


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with service.folder() as made:
        yield made


def serve(
    data_dir: Path, *arguments: str, database_url: str | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """``serve`` that is expected to end by itself; ``wirephoto.toml`` is read from the folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "wirephoto", "serve", "--port", "0", *arguments],
        env=service.environment_for(data_dir, database_url, **settings),
        cwd=data_dir,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_refused(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    assert ended.stderr.startswith("wirephoto: "), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    for word in words:
        assert word in ended.stderr


SETTINGS = [
    ("WIREPHOTO_MAX_BATCH", "0", "greater than or equal to 1"),
    ("WIREPHOTO_WORKERS", "many", "valid integer"),
    ("WIREPHOTO_ALLOW_NETWORKS", "10.0.0.0/99", "10.0.0.0/99"),
    ("WIREPHOTO_STORAGE_URL", "ftp://host/folder", "must begin with"),
    ("WIREPHOTO_STORAGE_URL", "s3://", "s3://bucket"),
    ("WIREPHOTO_STORAGE_URL", "s3://user:word@bucket", "no credentials"),
    ("WIREPHOTO_PUBLIC_URL", "archive.example.com", "http"),
    ("WIREPHOTO_LOG_FORMAT", "xml", "console"),
]


@pytest.mark.parametrize(("name", "value", "word"), SETTINGS)
def test_a_wrong_setting_is_named_with_what_it_may_be(
    name: str, value: str, word: str, data_dir: Path
) -> None:
    assert_refused(serve(data_dir, **{name: value}), name, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("workers = 'many'", "WIREPHOTO_WORKERS"),
        ("prot = 9090", "wirephoto.toml: prot: there is no such setting"),
        ("port 9090", "wirephoto.toml"),
    ],
)
def test_a_wrong_settings_file_is_named(text: str, word: str, data_dir: Path) -> None:
    (data_dir / "wirephoto.toml").write_text(text)
    assert_refused(serve(data_dir), word)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nonsense", "must be postgresql://"),
        ("postgresql://127.0.0.1:1/wirephoto?connect_timeout=3", "does not answer"),
        ("postgresql://user@127.0.0.1:port/wirephoto", "port"),
    ],
)
def test_a_wrong_database_is_named_by_its_variable(url: str, word: str, data_dir: Path) -> None:
    assert_refused(serve(data_dir, database_url=url), "WIREPHOTO_DATABASE_URL", word)


def test_a_refusal_does_not_show_the_database_password(data_dir: Path) -> None:
    url = "postgresql://user:sesame@127.0.0.1:1/wirephoto?connect_timeout=3"
    ended = serve(data_dir, database_url=url)
    assert_refused(ended)
    assert "sesame" not in ended.stderr


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("{", "line 1"),
        (json.dumps({"mediaTypes": [{"type": "mediaImage"}]}), "mediaTypes.0"),
    ],
)
def test_a_wrong_project_file_stops_the_start_with_file_path_and_reason(
    document: str, path: str, data_dir: Path
) -> None:
    (data_dir / "projects").mkdir()
    (data_dir / "projects" / "agency.json").write_text(document)
    assert_refused(serve(data_dir), "agency.json", path)


def test_a_projects_folder_that_is_named_must_be_there(data_dir: Path) -> None:
    missing = str(data_dir / "nowhere")
    assert_refused(serve(data_dir, WIREPHOTO_PROJECTS=missing), missing)


def test_a_busy_port_is_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_refused(serve(data_dir, "--port", port), f"cannot listen on 127.0.0.1:{port}")


def test_a_host_that_is_not_ours_is_named(data_dir: Path) -> None:
    assert_refused(serve(data_dir, "--host", "203.0.113.1"), "cannot listen on 203.0.113.1:0")


@pytest.mark.parametrize("folder", ["/proc/wirephoto", "/dev/null/wirephoto"])
def test_a_folder_that_cannot_be_written_is_named(folder: str, data_dir: Path) -> None:
    assert_refused(serve(data_dir, "--data-dir", folder), folder, "choose another with --data-dir")


def test_a_folder_that_cannot_be_written_is_named_beside_a_database_url(
    database_url: str, data_dir: Path
) -> None:
    ended = serve(data_dir, "--data-dir", "/proc/wirephoto", database_url=database_url)
    assert_refused(ended, "/proc/wirephoto", "choose another with --data-dir")


@contextlib.contextmanager
def serving_embedded(data_dir: Path) -> Iterator[service.Service]:
    with service.serving(None, workers=0, data_dir=data_dir) as running:
        yield running


@pytest.mark.timeout(180)
def test_a_second_serve_on_the_same_data_directory_is_refused(data_dir: Path) -> None:
    with serving_embedded(data_dir) as running:
        ended = serve(data_dir)
        assert_refused(ended, str(data_dir), f"`wirephoto serve` with pid {running.process.pid}")
        assert running.client.get("/api/v1/health").status_code == 200


def test_a_port_that_is_no_number_is_a_usage_error(data_dir: Path) -> None:
    ended = serve(data_dir, "--port", "abc")
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_variable_is_warned_of_and_nothing_more(
    database_url: str, data_dir: Path
) -> None:
    with service.serving(
        database_url, workers=1, data_dir=data_dir, WIREPHOTO_WROKERS="4"
    ) as running:
        warning = "wirephoto: WIREPHOTO_WROKERS is no setting of wirephoto; it has no effect\n"
        assert running.log().count(warning) == 1
