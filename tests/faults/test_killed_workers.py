"""The first promise: whatever dies, every picture of a job is in the library exactly once."""

import functools
import random
import statistics

import psutil
import pytest

from tests.faults import held, scale
from tests.fixtures import figures, ledger, processes, receiver, service
from tests.origins import hostile

PICTURES = scale.pick(500, 10_000)
KILLS = scale.pick(4, 100)
WORKERS = scale.pick(2, 4)
SLOWLY = scale.pick("after=0.3", "after=0.4")  # 16 connections: 20 seconds, and four minutes
SEED = 20261123
BOUND = 64
SOON_SECONDS = 45


def next_victim(running: service.Service, dice: random.Random, killed: set[int]) -> psutil.Process:
    """A worker that has not been killed yet, once one is there."""

    def living() -> list[psutil.Process]:
        found = processes.workers(running.process.pid)
        return [one for one in found if one.pid not in killed]

    processes.until(living, "a worker to kill")
    victim = dice.choice(living())
    killed.add(victim.pid)
    return victim


def kill_at_random(
    running: service.Service, database_url: str, origin: hostile.Origin, dice: random.Random
) -> list[held.Loss]:
    """Kills spread over the import by how many pictures were asked for, not by a clock."""
    killed: set[int] = set()
    losses: list[held.Loss] = []
    for moment in sorted(dice.sample(range(20, PICTURES - 200), KILLS)):
        processes.until(functools.partial(_asked_for, origin, moment), "the import goes on", 60)
        victim = next_victim(running, dice, killed)
        losses.append(held.kill(victim, database_url, origin, losses))
    return losses


def _asked_for(origin: hostile.Origin, pictures: int) -> bool:
    return len(origin.requests) >= pictures


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_doubled_when_workers_are_killed(
    database_url: str, receiver: receiver.Receiver, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=WORKERS) as running,
    ):
        pictures = [
            service.image(origin.url(f"/jpeg/{n}?size=3000&{SLOWLY}"), n) for n in range(PICTURES)
        ]
        job = running.accept(pictures, webhook=f"{receiver.url}/done")
        losses = kill_at_random(running, database_url, origin, random.Random(SEED))
        finished = running.wait(job, patience=600)

        assert finished["state"] == "success"
        assert finished["overview"]["details"] == {"success": PICTURES, "skipped": 0, "failed": 0}
        assert [row["externalId"] for row in finished["images"]] == [
            str(n) for n in range(PICTURES)
        ]
        ledger.assert_whole(database_url, running.data_dir / "storage", job, PICTURES)
        service.prove(running.environment)
        deaths = [line for line in running.log().splitlines() if '"worker_died"' in line]
        assert sum('"code": -9' in line for line in deaths) == KILLS
        assert "Traceback" not in running.log(), running.log()

        calls = receiver.wait("/done")
        identities = {call.headers["webhook-id"] for call in calls}
        recorded = ledger.rows(database_url, "select public_id from deliveries")
        assert [row["public_id"] for row in recorded] == list(identities)
    waited = [seconds for loss in losses if (seconds := loss.taken_up_after(origin)) is not None]
    again = origin.requests.total() - PICTURES
    figures.tell(
        pictures=PICTURES,
        kills=KILLS,
        workers=WORKERS,
        seed=SEED,
        fetched_again=again,
        fetched_again_a_kill=round(again / KILLS, 1),
        most_fetched_again_by_a_kill=max(loss.fetched for loss in losses),
        fetched_again_by_each_kill=sorted(loss.fetched for loss in losses),
        longest_until_taken_up_seconds=round(max(waited), 1),
        median_until_taken_up_seconds=round(statistics.median(waited), 1),
    )
    assert max(waited) < SOON_SECONDS
    assert max(loss.fetched for loss in losses) <= BOUND
    assert again <= KILLS * BOUND
