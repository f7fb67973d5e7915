"""A busy origin's connections are in use nearly all the time, and a small job needs not wait."""

import statistics
import time

import pytest

from tests.faults import scale
from tests.fixtures import figures, processes, service
from tests.origins import hostile

LIMIT = 16
PICTURES = scale.pick(240, 3000)
ANSWER_SECONDS = 0.2
SMALL_JOBS = scale.pick(1, 5)
IN_USE_AT_LEAST = scale.pick(0.5, 0.75)  # of all, with begin and end; short runs are mostly those
# Starting what takes no time of the origin: reading the job, storing, and a loaded machine.
OVERHEAD_SECONDS = scale.pick(2.0, 0.2)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("workers", scale.pick([4], [1, 4, 24]))
def test_connections_of_a_busy_origin_are_in_use_and_small_jobs_need_not_wait(
    database_url: str, figures: figures.Figures, workers: int
) -> None:
    with (
        hostile.running() as origin,
        service.serving(
            database_url, workers=workers, WIREPHOTO_HOST_CONNECTIONS=str(LIMIT)
        ) as running,
    ):
        processes.until(lambda: alive(running) == workers, "all workers are there", 120)
        alone = [small(running, origin, f"alone{n}") for n in range(SMALL_JOBS)]
        chunks = last_chunk(running)
        job = running.accept(pictures(origin, "big", PICTURES))
        posted = last_chunk(running)
        processes.until(lambda: asked(origin, "big") >= 2 * LIMIT, "it is busy", 60)
        beside = [small(running, origin, f"beside{n}") for n in range(SMALL_JOBS)]
        assert asked(origin, "big") < PICTURES, "the big job must have been under way"
        done = running.wait(job, patience=600)
        assert done["overview"]["details"]["success"] == PICTURES
        figures.tell(
            workers=workers,
            pictures=PICTURES,
            limit=LIMIT,
            mean_in_use=round(mean_in_use(origin), 1),
            peak=origin.peak_connections,
            chunks=posted - chunks,
            chunks_given_back=last_chunk(running) - posted - SMALL_JOBS,
            small_alone=round(statistics.median(alone), 2),
            small_beside=round(statistics.median(beside), 2),
        )
        assert origin.peak_connections <= LIMIT
        assert mean_in_use(origin) >= IN_USE_AT_LEAST * LIMIT
        assert statistics.median(beside) <= 2 * statistics.median(alone) + OVERHEAD_SECONDS


def pictures(origin: hostile.Origin, what: str, count: int) -> list[dict[str, object]]:
    paths = [f"/jpeg/{n}/{what}?size=3000&after={ANSWER_SECONDS}" for n in range(count)]
    return [service.image(origin.url(path), f"{what}-{n}") for n, path in enumerate(paths)]


def small(running: service.Service, origin: hostile.Origin, what: str) -> float:
    """Seconds that three pictures take from their POST."""
    begun = time.monotonic()
    done = running.wait(running.accept(pictures(origin, what, 3)))
    assert done["overview"]["details"]["success"] == 3
    return time.monotonic() - begun


def asked(origin: hostile.Origin, what: str) -> int:
    return sum(one.path.endswith(f"/{what}") for one in list(origin.log))


def mean_in_use(origin: hostile.Origin) -> float:
    """Requests under way, on average from the big job's first to the end of its last."""
    times = [one.at for one in origin.log if "alone" not in one.path]
    return len(times) * ANSWER_SECONDS / (times[-1] + ANSWER_SECONDS - times[0])


def last_chunk(running: service.Service) -> int:
    return int(running.sql("select last_value from chunks_id_seq")[0][0])


def alive(running: service.Service) -> int:
    return int(running.sql("select count(*) from workers")[0][0])
