"""Connections to an origin, counted there: never more than the limit, whatever happens to whom."""

import time

import pytest

from tests.faults import scale
from tests.fixtures import figures, processes, service
from tests.origins import hostile

LIMIT = 16
PICTURES = scale.pick(600, 6000)
SEED = 20261124


def pictures(origin: hostile.Origin, count: int = PICTURES) -> list[dict[str, object]]:
    """Some on kept connections, some whose end is the connection's, some that nobody reads."""
    paths = ["/jpeg/{n}?size=3000", "/no-length?n={n}", "/jpeg/{n}?size=900000", "/flaky/1/{n}"]
    return [
        service.image(origin.url(with_wait(paths[n % len(paths)].format(n=n))), n)
        for n in range(count)
    ]


def with_wait(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}after=0.03"


def assert_all_here(done: dict[str, object], count: int = PICTURES) -> None:
    assert done["overview"]["details"] == {"success": count, "skipped": 0, "failed": 0}  # type: ignore[index]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("workers", scale.pick([1, 4, 24], [1, 4, 24]))
def test_no_number_of_workers_opens_more_than_the_limit(
    database_url: str, figures: figures.Figures, workers: int
) -> None:
    with (
        hostile.running() as origin,
        service.serving(
            database_url, workers=workers, WIREPHOTO_HOST_CONNECTIONS=str(LIMIT)
        ) as running,
    ):
        processes.until(lambda: alive(running) == workers, "all workers are there", 120)
        begun = time.monotonic()
        done = running.wait(running.accept(pictures(origin)), patience=900)
        seconds = time.monotonic() - begun
        assert_all_here(done)
        figures.tell(
            workers=workers,
            limit=LIMIT,
            peak=origin.peak_connections,
            connections=origin.connections,
            pictures_a_second=round(PICTURES / seconds),
        )
        assert LIMIT // 2 <= origin.peak_connections <= LIMIT
        processes.until(lambda: held(running) == 0, "leases are given back")


def alive(running: service.Service) -> int:
    return int(running.sql("select count(*) from workers")[0][0])


def held(running: service.Service) -> int:
    return int(running.sql("select count(*) from origin_leases")[0][0])
