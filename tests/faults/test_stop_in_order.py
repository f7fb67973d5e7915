"""A stop in order in mid-import: in time, nothing left behind, nothing fetched twice."""

import random
import time

import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile

STOPS = scale.pick(2, 50)
WORKERS = 2
BETWEEN = scale.pick(150, 200)  # pictures from one stop to the next
SEED = 20261125
IN_TIME_SECONDS = 30.0
_LEFT = """
select (select count(*) from procrastinate_jobs where status = 'doing') as tasks,
  (select count(*) from origin_leases) as leases,
  (select count(*) from workers) as workers,
  (select count(*) from procrastinate_workers) as queue_workers
"""


@pytest.mark.timeout(7200)
def test_a_stop_in_mid_import_leaves_nothing_behind_and_fetches_nothing_twice(
    database_url: str, figures: figures.Figures
) -> None:
    dice = random.Random(SEED)
    pictures = BETWEEN * (STOPS + 1)
    slowest = 0.0
    with hostile.running() as origin, service.folder() as data_dir:
        job = ""
        for stops in range(STOPS + 1):
            with service.serving(database_url, workers=WORKERS, data_dir=data_dir) as running:
                job = job or running.accept(
                    [
                        service.image(origin.url(f"/jpeg/{n}?size=300000&after=0.1"), n)
                        for n in range(pictures)
                    ]
                )
                if stops == STOPS:
                    running.wait(job, patience=600)
                    break
                moment = BETWEEN * stops + dice.randrange(10, BETWEEN)
                processes.until(lambda at=moment: origin.requests.total() >= at, "it goes on", 120)  # type: ignore[misc]
                started = processes.family(running.process.pid)
                begun = time.monotonic()
                assert service.stop(running.process) == 0
                processes.await_end(started, patience=1)
                slowest = max(slowest, time.monotonic() - begun)
            (left,) = ledger.rows(database_url, _LEFT)
            assert not any(left.values()), left
            assert not list((data_dir / "tmp").iterdir())
            assert not list((data_dir / "storage" / ".wirephoto").glob(".tmp-*"))
        ledger.assert_whole(database_url, data_dir / "storage", job, pictures)
        service.prove(service.environment_for(data_dir, database_url))
        log = (data_dir / "stderr.log").read_text()
        assert "Traceback" not in log, log[-5000:]
    again = origin.requests.total() - pictures
    figures.tell(
        stops=STOPS,
        pictures=pictures,
        seed=SEED,
        slowest_stop_seconds=round(slowest, 1),
        fetched_twice=again,
    )
    assert slowest <= IN_TIME_SECONDS
    assert again == 0
