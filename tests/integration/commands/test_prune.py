"""``wirephoto prune`` by hand, with its options and settings."""

import json
from pathlib import Path

import psycopg

from tests.fixtures import service


def test_prune_says_what_would_go_and_then_removes_it(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into projects (handle) values ('p')")
        connection.execute(
            "insert into project_snapshots (project_id, digest, content)"
            " select id, '', '' from projects"
        )
        connection.execute(
            "insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state, total,"
            " done, failed, finished_at)"
            " select 'old', s.project_id, s.id, 1, 'a', 'success', 1, 1, 1,"
            " now() - interval '31 days' from project_snapshots s"
        )
    environment = service.environment_for(tmp_path, database_url)
    nothing = {"jobs": 0, "images": 0, "sessions": 0, "uploads": 0, "pictures": 0, "bytes": 0}
    unset = service.run("prune", environment=environment)
    assert "no period is set for jobs" in unset.stdout, unset.stderr
    dry = service.run("prune", "--jobs", "30", "--dry-run", "--json", environment=environment)
    assert json.loads(dry.stdout) == nothing | {"jobs": 1, "images": 1, "dryRun": True}
    set_to = environment | {"WIREPHOTO_JOB_DAYS": "30"}
    done = service.run("prune", "--json", environment=set_to)
    assert json.loads(done.stdout) == nothing | {"jobs": 1, "images": 1, "dryRun": False}
    assert service.run("prune", "--jobs", "0", environment=environment).returncode == 2
