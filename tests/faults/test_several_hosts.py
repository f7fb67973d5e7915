"""Three machines, one database, one bucket; the cable of one is pulled in the middle of an import.

``bench/hosts.py`` builds it of network namespaces and counts at the origin. It takes half a minute
of processor, for the starts of all that: `make faults` runs it, and ``SEVERAL_HOSTS=1`` its short
form.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import scale
from tests.fixtures import figures

PROGRAM = Path(__file__).parents[2] / "bench" / "hosts.py"
PICTURES = scale.pick(480, 8000)
WAY = ["--hosts", "3", "--workers", "1", "--images", "0", "--cut", str(PICTURES)]
PROBE = ["unshare", "--net", "--mount", "ip", "link", "add", "hub", "type", "bridge"]

pytestmark = [
    pytest.mark.netns,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not (scale.FULL or os.environ.get("SEVERAL_HOSTS")), reason="long: `make faults` runs it"
    ),
]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What came out of it; skips where namespaces are not permitted."""
    if not (shutil.which("ip") and shutil.which("unshare")):
        pytest.skip("ip and unshare are not here (iproute2, util-linux)")
    if subprocess.run(PROBE, check=False, capture_output=True).returncode:
        pytest.skip("network namespaces are not permitted here (they need root)")
    hastened = [] if scale.FULL else ["--hasten"]  # a heartbeat grows old in half a minute
    ran = subprocess.run(
        [sys.executable, PROGRAM, *WAY, *hastened, "--print"],
        check=False,
        capture_output=True,
        text=True,
        timeout=1700,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def test_machines_share_the_work_and_the_connections_that_an_origin_allows(
    seen: dict[str, Any], figures: figures.Figures
) -> None:
    cut, limit = seen["cut"], seen["limit"]
    figures.tell(pictures=PICTURES, limit=limit, peak=cut["peak_after"], **cut["asked_after"])
    assert min(cut["asked_after"].values()) > 0
    assert sum(cut["asked_after"].values()) == cut["turns_after"] * PICTURES
    assert limit // 2 <= cut["peak_after"] <= limit


def test_what_a_machine_had_that_was_cut_off_is_done_by_the_others_once(
    seen: dict[str, Any], figures: figures.Figures
) -> None:
    cut = seen["cut"]
    figures.tell(
        pictures=PICTURES,
        asked_again=cut["asked_again"],
        seconds=round(cut["done_after_seconds"], 1),
    )
    assert cut["held"] == dict.fromkeys(("rows", "images", "entries", "objects", "sound"), PICTURES)
    assert cut["peak_reachable"] <= seen["limit"]


def test_a_machine_that_comes_back_changes_nothing_and_works_on(
    seen: dict[str, Any], figures: figures.Figures
) -> None:
    cut = seen["cut"]
    figures.tell(left_open=cut["left_open"], refused=cut["refused"], ended=cut["ended"])
    assert cut["unchanged"]
    assert cut["refused"] + cut["ended"] > 0
    whole = PICTURES * (1 + cut["turns_after"])
    assert cut["held_after"] == {
        "rows": whole, "images": whole, "entries": whole, "objects": PICTURES, "sound": PICTURES,
    }  # fmt: skip
