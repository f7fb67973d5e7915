"""Kill -9 of ``serve`` in mid-import, again and again; its successor begins at once."""

import contextlib
import random
import time

import psutil
import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile
from wirephoto.db import embedded

KILLS = scale.pick(2, 20)
BETWEEN = scale.pick(50, 150)  # pictures from one kill to the next
PICTURES = BETWEEN * (KILLS + 2)
WORKERS = 2
SEED = 20261127
CHUNK = 64
SOON_SECONDS = scale.pick(15.0, 10.0)  # most of it is a loaded machine; a heartbeat has 30


def kill(running: service.Service, *, alone: bool) -> list[psutil.Process]:
    """``serve`` alone, or with its workers and its database at once; all that were there."""
    there = processes.family(running.process.pid)
    for one in there[:1] if alone else there:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    running.process.wait()
    return there


def images(origin: hostile.Origin) -> list[dict[str, object]]:
    return [service.image(origin.url(f"/jpeg/{n}?size=3000&after=0.8"), n) for n in range(PICTURES)]


def seconds_to_a_request(running: service.Service, origin: hostile.Origin, before: float) -> float:
    """From the moment that ``serve`` answers; its workers are just being started."""

    def asked() -> list[float]:
        return [one.at for one in list(origin.log) if one.at > before]

    processes.until(asked, "it goes on", 60)
    return asked()[0] - running.since


def await_pictures(origin: hostile.Origin, count: int) -> None:
    processes.until(lambda: len(origin.requests) >= count, f"{count} pictures", 120)


@pytest.mark.timeout(3600)
def test_an_import_goes_on_under_the_successor_of_a_serve_that_was_killed(
    figures: figures.Figures,
) -> None:
    dice = random.Random(SEED)
    gone: list[psutil.Process] = []
    longest, job = 0.0, ""
    with hostile.running() as origin, service.folder() as data_dir:
        for kills in range(KILLS):
            before = time.monotonic()
            with service.serving(None, workers=WORKERS, data_dir=data_dir) as running:
                job = job or running.accept(images(origin))
                if kills:
                    longest = max(longest, seconds_to_a_request(running, origin, before))
                await_pictures(origin, BETWEEN * kills + dice.randrange(10, BETWEEN))
                gone += kill(running, alone=kills % 2 == 0)
        before = time.monotonic()
        with service.serving(None, workers=WORKERS, data_dir=data_dir) as running:
            longest = max(longest, seconds_to_a_request(running, origin, before))
            details = running.wait(job, patience=600)["overview"]["details"]
            assert details == {"success": PICTURES, "skipped": 0, "failed": 0}
            with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
                ledger.assert_whole(database.url, data_dir / "storage", job, PICTURES)
            service.prove(running.environment)
            assert "Traceback" not in running.log(), running.log()[-5000:]
        processes.await_end(gone)
    again = origin.requests.total() - PICTURES
    figures.tell(
        kills=KILLS,
        pictures=PICTURES,
        seed=SEED,
        lost=0,
        doubled=0,
        longest_from_its_first_answer_to_a_request_seconds=round(longest, 1),
        fetched_again=again,
    )
    assert longest < SOON_SECONDS
    assert again <= KILLS * WORKERS * CHUNK
