"""A bucket that answers 503, breaks connections, loses its answers, and goes away."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, s3, service, troubled
from tests.origins import hostile

PICTURES = scale.pick(150, 3000)
AWAY_SECONDS = scale.pick(6.0, 60.0)
SEED = 20261124
WORKERS = 2
IN_FLIGHT = WORKERS * 5 * 64
"""Pictures that workers can be at when storage goes away: five chunks each."""


@dataclass
class House:
    """wirephoto on a bucket behind a troubled way."""

    running: service.Service
    way: troubled.Way
    bucket: Path
    origin: hostile.Origin
    database_url: str

    def pictures(self, query: str = "size=3000") -> list[dict[str, Any]]:
        return [service.image(self.origin.url(f"/jpeg/{n}?{query}"), n) for n in range(PICTURES)]

    def assert_all_is_kept(self, finished: dict[str, Any]) -> None:
        assert finished["overview"]["details"] == {"success": PICTURES, "skipped": 0, "failed": 0}
        ledger.assert_stored(self.database_url, ledger.objects(self.bucket / "pictures"))
        service.prove(self.running.environment)
        assert "Traceback" not in self.running.log(), self.running.log()


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(s3.serving(tmp_path / "s3"))
        way = stack.enter_context(troubled.opened(server.endpoint, SEED))
        origin = stack.enter_context(hostile.running())
        settings: dict[str, Any] = {
            "WIREPHOTO_STORAGE_URL": "s3://archive/pictures",
            "WIREPHOTO_HOST_CONNECTIONS": "200",
            "AWS_ENDPOINT_URL": way.endpoint,
            "AWS_ACCESS_KEY_ID": s3.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY,
            "AWS_REGION": "us-east-1",
        }
        bucket = server.bucket("archive")
        running = stack.enter_context(service.serving(database_url, workers=WORKERS, **settings))
        yield House(running, way, bucket, origin, database_url)


@pytest.mark.timeout(900)
def test_nothing_is_lost_when_a_fifth_of_all_requests_to_storage_go_wrong(
    house: House, figures: figures.Figures
) -> None:
    house.way.shares = {"slow_down": 0.1, "reset": 0.05, "cut": 0.05, "late": 0.02}
    finished = house.running.wait(house.running.accept(house.pictures()), patience=600)
    house.way.shares = {}
    house.assert_all_is_kept(finished)
    met = house.way.met
    assert min(met["slow_down"], met["reset"], met["cut"]) > 0
    figures.tell(pictures=PICTURES, fetches=house.origin.requests.total(), lost=0, **met)


@pytest.mark.skipif(not scale.FULL, reason="by `make faults` alone")
@pytest.mark.timeout(900)
def test_origins_are_left_in_peace_while_storage_is_away_and_work_goes_on_by_itself(
    house: House, figures: figures.Figures
) -> None:
    job = house.running.accept(house.pictures("size=3000&after=0.05"))
    processes.until(lambda: house.origin.requests.total() > PICTURES / 10, "the import goes on", 60)
    house.way.shares = {"shut": 1.0}
    processes.until(lambda: '"storage_away"' in house.running.log(), "it is noticed", 90)
    quiet = house.origin.requests.total()
    processes.until(lambda: _stands_still(house), "chunks in flight end", 60)
    settled = house.origin.requests.total()
    time.sleep(AWAY_SECONDS)
    while_away = house.origin.requests.total() - settled
    house.way.shares = {}
    back = time.monotonic()
    finished = house.running.wait(job, patience=300)
    house.assert_all_is_kept(finished)
    assert while_away == 0
    again = house.origin.requests.total() - PICTURES
    assert again <= 2 * IN_FLIGHT
    figures.tell(
        pictures=PICTURES, away_seconds=AWAY_SECONDS, fetches_while_away=while_away,
        fetched_again=again, done_seconds_after=round(time.monotonic() - back, 1), noticed_at=quiet,
    )  # fmt: skip


def _stands_still(house: House) -> bool:
    before = house.origin.requests.total()
    time.sleep(2.5)
    return house.origin.requests.total() == before
