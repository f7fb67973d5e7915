"""``wirephoto verify``: exit code, lines and JSON, beside a serve and without one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import s3, service
from tests.origins import hostile

PICTURES = 12


def found(environment: dict[str, str], *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and the lines of ``--json``; the last is the summary."""
    ended = service.run("verify", "--json", *options, environment=environment)
    assert "Traceback" not in ended.stderr
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.timeout(180)
def test_an_embedded_installation_is_proved_beside_its_serve_and_without_it() -> None:
    with service.folder() as data_dir, hostile.running() as origin:
        with service.serving(None, data_dir=data_dir) as running:
            environment = running.environment
            rows = running.bring(
                [service.image(origin.url(f"/jpeg/{n}?size=3000"), n) for n in range(PICTURES)]
            )
            assert {row["state"] for row in rows} == {"success"}
            code, (summary,) = found(environment, "--deep")
            assert (code, summary["findings"]) == (0, 0)
            assert summary["looked_at"]["objects"] == PICTURES
            assert summary["bytes_read"] == PICTURES * 3000
        plain = service.run("verify", environment=environment)
        assert plain.returncode == 0
        assert plain.stdout.splitlines()[-1] == "nothing is wrong"

        key = rows[3]["image"]["originalUrl"].partition("/serve-image/")[2]
        (data_dir / "storage" / key).unlink()
        code, (line, summary) = found(environment)
        assert (code, summary["findings"]) == (1, 1)
        assert (line["kind"], line["subject"], line["wrong"]) == ("missing_object", key, True)
        plain = service.run("verify", environment=environment)
        assert plain.returncode == 1
        assert f"wrong missing_object       {key}: it is not in storage" in plain.stdout

        shutil.rmtree(data_dir / "storage")
        gone = service.run("verify", environment=environment)
        assert gone.returncode == 2
        assert "is it mounted" in gone.stderr


@pytest.mark.timeout(180)
def test_a_bucket_is_proved_as_a_folder_is(database_url: str, tmp_path: Path) -> None:
    with s3.serving(tmp_path / "s3") as server, hostile.running() as origin:
        bucket = server.bucket("archive")
        with s3.service_into(server, database_url) as running:
            running.bring(
                [service.image(origin.url(f"/jpeg/{n}?size=3000"), n) for n in range(PICTURES)]
            )
            code, (summary,) = found(running.environment, "--deep")
            assert (code, summary["bytes_read"]) == (0, PICTURES * 3000)
            victim = next(path for path in bucket.rglob("*.jpg"))
            victim.write_bytes(b"other bytes")
            code, (line, _) = found(running.environment)
            assert (code, line["kind"]) == (1, "object_size")


def test_without_a_database_it_says_so_in_a_line_and_ends_with_2() -> None:
    with service.folder() as data_dir:
        environment = service.environment_for(data_dir, "postgresql://nobody@127.0.0.1:1/none")
        ended = service.run("verify", environment=environment)
        assert ended.returncode == 2
        assert "does not answer" in ended.stderr
        assert "Traceback" not in ended.stderr
