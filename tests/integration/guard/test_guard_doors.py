"""The address guard at every door of the running system, where nothing leads out.

``inner_system.py`` runs once, in namespaces of its own, and counts at listeners; the tests read
what it saw.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import postgres
from wirephoto.db import embedded

pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]

PROGRAM = Path(__file__).with_name("inner_system.py")
NAMESPACES = ["unshare", "--net", "--mount"]
UNIFORM = {"state": "failed", "code": "blocked_address", "retryable": False}
BLOCKED = [
    "literal",
    "metadata",
    "loopback",
    "own port",
    "database port",
    "name",
    "name of loopback",
    "redirect",
    "redirect to a name",
    "mapped",
]


@pytest.fixture(scope="module")
def seen(cluster: embedded.Database) -> dict[str, Any]:
    try:
        subprocess.run([*NAMESPACES, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("network namespaces are not permitted here (they need root)")
    ran = subprocess.run(
        [*NAMESPACES, sys.executable, PROGRAM, postgres.new_database(cluster)],
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
        cwd=PROGRAM.parents[3],
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("case", BLOCKED)
def test_a_picture_at_an_inner_address_fails_with_the_uniform_reason(
    case: str, seen: dict[str, Any]
) -> None:
    row = seen["rows"][case]
    assert {key: row[key] for key in UNIFORM} == UNIFORM
    assert row["reason"].removeprefix("redirect 1: ") == "the address is not allowed"
    assert "httpStatus" not in row
    assert "image" not in row


def test_no_inner_address_is_ever_connected_to(seen: dict[str, Any]) -> None:
    assert seen["connections"] == {"93.184.216.34 80": seen["connections"]["93.184.216.34 80"]}


def test_a_public_picture_is_imported_all_the_same(seen: dict[str, Any]) -> None:
    assert seen["rows"]["public"]["state"] == "success"
    assert seen["rows"]["public name"]["state"] == "success"


@pytest.mark.parametrize("case", ["name", "redirect"])
def test_a_webhook_to_an_inner_address_is_not_delivered(case: str, seen: dict[str, Any]) -> None:
    assert seen["webhooks"][case]["delivered"] is False
    assert seen["webhooks"][case]["tries"] >= 1


def test_a_webhook_whose_address_is_plainly_inner_is_not_delivered(seen: dict[str, Any]) -> None:
    literal = seen["webhooks"]["literal"]
    assert literal == {"status": 400} or literal["delivered"] is False


def test_a_public_webhook_is_delivered(seen: dict[str, Any]) -> None:
    assert seen["webhooks"]["public"]["delivered"] is True


def test_what_an_inner_address_answers_is_nowhere(seen: dict[str, Any]) -> None:
    assert "inner secret" not in json.dumps(seen)
