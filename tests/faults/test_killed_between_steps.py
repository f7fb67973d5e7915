"""A worker that dies exactly between two steps costs nobody a picture, an object or a webhook."""

import random
import time
from collections import Counter

import psutil
import pytest

from tests.faults import mortal, mortals, scale
from tests.fixtures import figures, ledger, processes, receiver, service
from tests.origins import hostile

KILLS = scale.sized("KILLS", 1, 50)  # at each step
PLACES = scale.pick(2, 4)
SEED = 20261124
OUTSTANDING = scale.pick(4, 12)  # jobs
SIZES = (2000, 3000, 300_000)  # of a job's pictures, in bytes; the last one goes through a file
PASSES = scale.pick((1, 3), (6, 20))
PATIENCE_SECONDS = scale.pick(180, 6600)  # a machine with other work takes an hour


def orders(dice: random.Random) -> list[str]:
    """Each step as often as every other, mixed. Passes leave most claims of a chunk alive: one
    that ends six workers in a row is taken for poison."""
    wanted = [f"{point} {_passes(point, dice)}" for point in mortal.POINTS for _ in range(KILLS)]
    dice.shuffle(wanted)
    return wanted


def _passes(point: str, dice: random.Random) -> int:
    return dice.randint(*PASSES) * (len(SIZES) if point in mortal.PICTURE_POINTS else 1)


class Stream:
    """Small jobs, one after the other, each with a webhook: ``OUTSTANDING`` are under way.

    Every other one, as far as there are finished ones, is a job whose entries are there: who
    settles it looks at them first.
    """

    def __init__(self, running: service.Service, origin: hostile.Origin, hook: str) -> None:
        self.jobs: dict[str, int] = {}
        self.pictures = 0
        self._running, self._origin, self._hook = running, origin, hook
        self._new: dict[str, int] = {}  # the first number of each that was not posted again

    def fill(self) -> None:
        unfinished = "select count(*) from jobs where finished_at is null"
        for number in range(OUTSTANDING - self._running.sql(unfinished)[0][0]):
            if number % 2:
                self._post_again()
            else:
                self._new[self._post(self.pictures)] = self.pictures
                self.pictures += len(SIZES)

    def _post_again(self) -> None:
        finished = "select public_id from jobs where finished_at is not null"
        over = self._new.keys() & {row[0] for row in self._running.sql(finished)}
        for job in list(over)[:1]:
            self._post(self._new.pop(job), update="always")

    def _post(self, first: int, **more: str) -> str:
        images = [
            service.image(self._origin.url(f"/jpeg/{n}?size={size}"), n)
            for n, size in enumerate(SIZES, first)
        ]
        job = self._running.accept(images, webhook=self._hook, **more)
        self.jobs[job] = len(images)
        return job


@pytest.mark.timeout(7200)
def test_a_worker_that_dies_between_two_steps_costs_nothing(
    database_url: str, receiver: receiver.Receiver, figures: figures.Figures
) -> None:
    wanted = orders(random.Random(SEED))
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=0) as running,
    ):
        begun = time.monotonic()
        stream = Stream(running, origin, f"{receiver.url}/done")
        with mortals.started(running, wanted, PLACES) as workers:
            deadline = begun + PATIENCE_SECONDS
            while len(workers.deaths) < len(wanted):
                assert time.monotonic() < deadline, Counter(wanted) - Counter(workers.deaths)
                stream.fill()
                time.sleep(0.02)
            for job in stream.jobs:
                running.wait(job, patience=120)
            processes.until(lambda: no_delivery_is_due(database_url), "webhooks are done", 120)
            # Who is left buries the dead: afterwards there is nobody to do it.
            processes.until(lambda: all_live(database_url), "the dead are buried", 60)
        assert Counter(workers.deaths) == Counter(wanted)
        storage = running.data_dir / "storage"
        ledger.assert_all_whole(database_url, storage, stream.jobs, entries=stream.pictures)
        service.prove(running.environment)
        log = (running.data_dir / "mortals.log").read_text()
        assert "Traceback" not in log, log[-5000:]
        recorded = ledger.rows(database_url, "select public_id, state, job_id from deliveries")
        assert {row["state"] for row in recorded} == {"delivered"}
        assert len({row["job_id"] for row in recorded}) == len(recorded) == len(stream.jobs)
        arrived = Counter(call.headers["webhook-id"] for call in receiver.received)
        assert set(arrived) == {row["public_id"] for row in recorded}
        assert nothing_is_held(database_url)
    total = sum(stream.jobs.values())
    figures.tell(
        steps=len(mortal.POINTS),
        kills=len(wanted),
        seed=SEED,
        pictures=total,
        lost=0,
        doubled=0,
        fetched_again=origin.requests.total() - total,
        webhooks=len(arrived),
        webhooks_repeated_under_their_id=arrived.total() - len(arrived),
        seconds=round(time.monotonic() - begun),
    )


def no_delivery_is_due(database_url: str) -> bool:
    return not ledger.value(database_url, "select count(*) from deliveries where state = 'pending'")


def all_live(database_url: str) -> bool:
    """Each place has a worker, and no other has a row."""
    rows = ledger.rows(database_url, "select pid from workers")
    return len(rows) == PLACES and all(psutil.pid_exists(row["pid"]) for row in rows)


def nothing_is_held(database_url: str) -> bool:
    """No task, chunk, lease or row of a worker is left."""
    counts = (
        "select (select count(*) from procrastinate_jobs) + (select count(*) from chunks)"
        " + (select count(*) from origin_leases) + (select count(*) from workers)"
    )
    return not ledger.value(database_url, counts)
