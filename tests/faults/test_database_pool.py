"""All connections to the database are taken: who finds none comes again, and nothing is lost."""

import concurrent.futures
import time

import httpx
import psycopg
import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile

PICTURES = 3000
ASKING = 40  # more than the sixteen connections of the API
HELD_SECONDS = 60  # beyond the first refusal, which takes ten
# Nobody gets past these; heartbeats are written to another table.
LOCK = (
    "lock table jobs, chunks, images, results, entries, blobs, origin_leases, deliveries,"
    " procrastinate_jobs in access exclusive mode"
)


@pytest.mark.skipif(not scale.FULL, reason="who waits is refused after ten seconds: in make faults")
@pytest.mark.timeout(600)
def test_who_finds_every_connection_taken_is_told_to_come_again_and_the_import_goes_on(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=2) as running,
        concurrent.futures.ThreadPoolExecutor(ASKING) as crowd,
    ):
        images = [
            service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.05"), n) for n in range(PICTURES)
        ]
        job = running.accept(images)
        processes.until(lambda: origin.requests.total() >= 50, "it is under way", 60)
        with psycopg.connect(database_url) as locking:
            locking.execute("set idle_in_transaction_session_timeout = 0")
            locking.execute(LOCK)
            asking = [crowd.submit(ask, running, job) for _ in range(ASKING)]
            processes.until(lambda: any(one.done() for one in asking), "the first is refused", 60)
            time.sleep(HELD_SECONDS)
            locking.rollback()
        answers = [one.result() for one in asking]
        refused = [one for one in answers if one.status_code == 503]
        assert {one.status_code for one in answers} <= {200, 503}
        for one in refused:
            assert int(one.headers["Retry-After"]) > 0
            assert one.json()["error"] == "Service Unavailable"
        assert refused
        begun = time.monotonic()
        done = running.wait_through(job, patience=200)["overview"]["details"]
        assert done == {"success": PICTURES, "skipped": 0, "failed": 0}
        ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
        assert "Traceback" not in running.log(), running.log()[-5000:]
        figures.tell(
            pictures=PICTURES,
            asked=ASKING,
            refused=len(refused),
            fetched_again=origin.requests.total() - PICTURES,
            seconds_to_the_end=round(time.monotonic() - begun, 1),
        )


def ask(running: service.Service, job: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {running.token}"}
    url = f"{running.url}/api/v1/import/images/status"
    return httpx.get(url, params={"id": job, "limit": 1}, headers=headers, timeout=120)
