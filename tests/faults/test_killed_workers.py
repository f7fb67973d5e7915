"""The first promise: whatever dies, every picture of a job is in the library exactly once."""

import functools
import random

import psutil
import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, receiver, service
from tests.origins import hostile

PICTURES = scale.pick(2000, 10_000)
KILLS = scale.pick(12, 100)
SEED = 20261123
CHUNK = 64
WORKERS = scale.pick(2, 4)


def kill_one(running: service.Service, dice: random.Random, killed: set[int]) -> None:
    """Kill -9 a worker that has not been killed yet, once one is there."""

    def living() -> list[psutil.Process]:
        found = processes.workers(running.process.pid)
        return [one for one in found if one.pid not in killed]

    processes.until(living, "a worker to kill")
    victim = dice.choice(living())
    killed.add(victim.pid)
    victim.kill()


def kill_at_random(running: service.Service, origin: hostile.Origin, dice: random.Random) -> None:
    """Kills spread over the import by how many pictures were asked for, not by a clock."""
    killed: set[int] = set()
    for moment in sorted(dice.sample(range(20, PICTURES - 200), KILLS)):
        processes.until(functools.partial(_asked_for, origin, moment), "the import goes on", 60)
        kill_one(running, dice, killed)
    assert len(killed) == KILLS


def _asked_for(origin: hostile.Origin, pictures: int) -> bool:
    return origin.requests.total() >= pictures


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_doubled_when_workers_are_killed(
    database_url: str, receiver: receiver.Receiver, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=WORKERS, WIREPHOTO_HOST_CONNECTIONS="400") as running,
    ):
        pictures = [
            service.image(origin.url(f"/jpeg/{n}?size=3000&after=0.05"), n) for n in range(PICTURES)
        ]
        job = running.accept(pictures, webhook=f"{receiver.url}/done")
        kill_at_random(running, origin, random.Random(SEED))
        finished = running.wait(job, patience=600)

        assert finished["state"] == "success"
        assert finished["overview"]["details"] == {"success": PICTURES, "skipped": 0, "failed": 0}
        assert [row["externalId"] for row in finished["images"]] == [
            str(n) for n in range(PICTURES)
        ]
        ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
        deaths = [line for line in running.log().splitlines() if '"worker_died"' in line]
        assert sum('"code": -9' in line for line in deaths) == KILLS
        assert "Traceback" not in running.log(), running.log()

        calls = receiver.wait("/done")
        identities = {call.headers["webhook-id"] for call in calls}
        recorded = ledger.rows(database_url, "select public_id from deliveries")
        assert [row["public_id"] for row in recorded] == list(identities)
    most = PICTURES + KILLS * CHUNK * 5  # five chunks at once in a worker, begun again
    assert PICTURES <= origin.requests.total() <= most
    fetches = origin.requests.total()
    figures.tell(pictures=PICTURES, kills=KILLS, workers=WORKERS, fetches=fetches)
