"""Runs ``inner_system.py`` in namespaces of its own; the tests read what it saw."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import postgres
from wirephoto.db import embedded

PROGRAM = Path(__file__).with_name("inner_system.py")
NAMESPACES = ["unshare", "--net", "--mount"]

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def inner_system(cluster: embedded.Database) -> Callable[[str], Seen]:
    """Runs the program, guarded or not; skips where namespaces are not permitted."""

    def run(which: str) -> Seen:
        try:
            subprocess.run([*NAMESPACES, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("network namespaces are not permitted here (they need root)")
        databases = [postgres.new_database(cluster) for _ in range(2)]
        ran = subprocess.run(
            [*NAMESPACES, sys.executable, PROGRAM, which, *databases],
            check=False,
            capture_output=True,
            text=True,
            timeout=280,
            cwd=PROGRAM.parents[3],
        )
        assert ran.returncode == 0, ran.stderr
        assert "Traceback" not in ran.stderr, ran.stderr
        found: Seen = json.loads(ran.stdout)
        assert found["lost"] == 0, "every packet must have been looked at"
        return found

    return run
