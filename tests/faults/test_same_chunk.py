"""Two workers that are given the same chunk by hand: one of them decides, the other is refused."""

import time

import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.integration.commands import test_worker_command
from tests.origins import hostile

CHUNKS = scale.pick(60, 1000)
_TWICE = """
with once as (delete from procrastinate_jobs returning queue_name, task_name, priority, args)
insert into procrastinate_jobs (queue_name, task_name, priority, args)
select queue_name, task_name, priority, args from once, generate_series(1, 2)
order by (args ->> 'chunk')::bigint
"""


@pytest.mark.timeout(1800)
def test_of_two_workers_with_the_same_chunk_one_decides(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=0) as running,
    ):
        begun = time.monotonic()
        jobs = {
            running.accept([service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.1"), n)]): 1
            for n in range(CHUNKS)
        }
        ledger.rows(database_url, _TWICE)
        with test_worker_command.working(running.data_dir, running.environment, workers=2):
            for job in jobs:
                running.wait(job, patience=300)
            processes.until(
                lambda: not ledger.value(database_url, "select count(*) from procrastinate_jobs"),
                "both tasks of each are done",
            )
            log = running.data_dir.parent / f"{running.data_dir.name}.worker.log"
            refused = log.read_text().count('"event": "fenced"')
        ledger.assert_all_whole(database_url, running.data_dir / "storage", jobs)
        service.prove(running.environment)
    figures.tell(
        chunks=CHUNKS,
        winners=len(jobs),
        refused=refused,
        fetched_by_both=origin.requests.total() - CHUNKS,
        seconds=round(time.monotonic() - begun),
    )
    assert refused
