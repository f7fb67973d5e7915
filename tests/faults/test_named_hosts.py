"""A name server that fails is waited for, and ten thousand hosts leave nothing behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import scale
from tests.fixtures import figures, postgres
from wirephoto.db import embedded

PROGRAM = Path(__file__).with_name("named_hosts.py")
NAMESPACES = ["unshare", "--net", "--mount"]
HOSTS = scale.pick(120, 10_000)
PICTURES = scale.pick(30, 500)
MOST_MEGABYTES = 25  # more of a worker after it than before; a thousand hosts take as much

pytestmark = [pytest.mark.netns, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def seen(cluster: embedded.Database) -> dict[str, Any]:
    try:
        subprocess.run([*NAMESPACES, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("network namespaces are not permitted here (they need root)")
    database = postgres.new_database(cluster)
    ran = subprocess.run(
        [*NAMESPACES, sys.executable, PROGRAM, database, str(HOSTS), str(PICTURES)],
        check=False,
        capture_output=True,
        text=True,
        timeout=1700,
        cwd=PROGRAM.parents[2],
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def test_pictures_wait_for_a_name_server_that_fails_and_are_done_when_it_is_back(
    seen: dict[str, Any], figures: figures.Figures
) -> None:
    found = seen["failing"]
    assert found["beside"] == {"success": PICTURES, "skipped": 0, "failed": 0}
    assert found["meanwhile"] == {"success": 0, "skipped": 0, "failed": 0}
    assert found["done"] == {"success": PICTURES, "skipped": 0, "failed": 0}
    figures.tell(pictures=PICTURES, seconds_until_done_when_back=found["seconds"])


def test_a_job_of_many_hosts_leaves_nothing_behind(
    seen: dict[str, Any], figures: figures.Figures
) -> None:
    found = seen["many"]
    assert found["done"] == {"success": HOSTS, "skipped": 0, "failed": 0}
    assert found["origins"] == 0
    assert max(found["megabytes_more"]) < MOST_MEGABYTES
    figures.tell(
        hosts=HOSTS,
        seconds=found["seconds"],
        rows_of_origins_left=found["origins"],
        megabytes_more=found["megabytes_more"],
        peak_connections=found["peak_connections"],
    )
