"""Clocks that jump: the machine's decides nothing, and a step of the database's loses nothing."""

from pathlib import Path

import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile

PICTURES = scale.pick(60, 3000)
JUMPS = ("+3600s", "-3600s", "+0", "-10d", "+18250d")  # seconds, days: by fifty years at last
LIMIT = 16
# As if the database's clock had gone forward: all that was written is so much older now.
STEP_FORWARD = """
with silent as (update workers set heartbeat_at = heartbeat_at - %(step)s::interval),
  asked as (update origin_leases set asked_at = asked_at - %(step)s::interval),
  queue as (update procrastinate_workers set last_heartbeat = last_heartbeat - %(step)s::interval)
update chunks set available_at = available_at - %(step)s::interval,
  claimed_at = claimed_at - %(step)s::interval
"""


@pytest.fixture(scope="module")
def faketime() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("Debian's libfaketime is not installed")
    return str(found[0])


def images(origin: hostile.Origin) -> list[dict[str, object]]:
    return [service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.2"), n) for n in range(PICTURES)]


def assert_whole(running: service.Service, job: str) -> None:
    done = running.wait(job, patience=300)["overview"]["details"]
    assert done == {"success": PICTURES, "skipped": 0, "failed": 0}
    url = running.environment["WIREPHOTO_DATABASE_URL"]
    ledger.assert_whole(url, running.data_dir / "storage", job, PICTURES)
    assert "Traceback" not in running.log(), running.log()[-5000:]


@pytest.mark.timeout(600)
def test_jumps_of_the_machine_s_clock_change_nothing(
    database_url: str, faketime: str, tmp_path: Path, figures: figures.Figures
) -> None:
    now = tmp_path / "now"
    now.write_text("+0")
    clock = {
        "LD_PRELOAD": faketime,
        "FAKETIME_TIMESTAMP_FILE": str(now),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as the kernel: only the wall clock can be set
    }
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=2, data_dir=None, **clock) as running,
    ):
        job = running.accept(images(origin))
        for place, jump in enumerate(JUMPS, 1):
            share = PICTURES * place // (len(JUMPS) + 2)
            processes.until(lambda at=share: origin.requests.total() >= at, "it goes on", 60)  # type: ignore[misc]
            now.write_text(jump)
        assert_whole(running, job)
        assert "2076-" in lines_of(running), "its processes must have seen another time"
        assert origin.requests.total() == PICTURES
        assert origin.peak_connections <= LIMIT
        figures.tell(pictures=PICTURES, jumps=len(JUMPS), fetched_again=0)


def lines_of(running: service.Service) -> str:
    """What a worker writes into its log as it is started anew by the clock of its machine."""
    processes.workers(running.process.pid)[0].kill()
    processes.until(lambda: "worker_died" in running.log(), "its end is told")
    return running.log()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", scale.pick(["5 minutes"], ["20 seconds", "5 minutes", "2 days"]))
def test_a_step_of_the_database_s_clock_loses_nothing_and_doubles_nothing(
    database_url: str, step: str, figures: figures.Figures
) -> None:
    with hostile.running() as origin, service.serving(database_url, workers=2) as running:
        job = running.accept(images(origin))
        processes.until(lambda: origin.requests.total() >= PICTURES // 3, "it is under way", 60)
        running.sql(STEP_FORWARD, step=step)
        assert_whole(running, job)
        figures.tell(
            step=step,
            pictures=PICTURES,
            fetched_again=origin.requests.total() - PICTURES,
            peak_connections=origin.peak_connections,
        )
