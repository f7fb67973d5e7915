"""Connections to an origin, counted there: never more than the limit, whatever happens to whom."""

import contextlib
import random
import signal
import time
from urllib.parse import quote

import psutil
import pytest

from tests.faults import scale
from tests.fixtures import figures, processes, service
from tests.origins import hostile

LIMIT = 16
PICTURES = scale.pick(300, 6000)
KILLS = scale.pick(2, 20)
STOPPED_SECONDS = scale.pick(2, 45)
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
@pytest.mark.parametrize("workers", scale.pick([4], [1, 4, 24]))
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


@pytest.mark.timeout(1800)
def test_the_limit_holds_through_kills_and_while_a_worker_stands_still(
    database_url: str, figures: figures.Figures
) -> None:
    dice = random.Random(SEED)
    with (
        hostile.running() as origin,
        service.serving(database_url, workers=4, WIREPHOTO_HOST_CONNECTIONS=str(LIMIT)) as running,
    ):
        processes.until(lambda: alive(running) == 4, "all workers are there", 120)
        job = running.accept(pictures(origin))
        stopped = stop_one_at_work(running, origin)
        try:
            for kill in range(KILLS):
                share = PICTURES // 2 * (kill + 1) // (KILLS + 1)
                await_requests(origin, share)
                kill_one_but(running, stopped.pid, dice)
            time.sleep(STOPPED_SECONDS)  # at full size its supervisor ends it meanwhile
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                stopped.send_signal(signal.SIGCONT)
        assert_all_here(running.wait(job, patience=900))
        figures.tell(
            pictures=PICTURES,
            kills=KILLS,
            stopped_seconds=STOPPED_SECONDS,
            limit=LIMIT,
            peak=origin.peak_connections,
            connections=origin.connections,
        )
        assert LIMIT // 2 <= origin.peak_connections <= LIMIT


@pytest.mark.timeout(600)
def test_the_limit_holds_where_two_origins_send_us_to_each_other(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as one,
        hostile.running() as other,
        service.serving(database_url, workers=2, WIREPHOTO_HOST_CONNECTIONS="4") as running,
    ):
        count = scale.pick(100, 2000)
        urls = [there_and_back(*((one, other) if n % 2 else (other, one)), n) for n in range(count)]
        done = running.wait(
            running.accept([service.image(url, n) for n, url in enumerate(urls)]), patience=300
        )
        assert_all_here(done, count)
        peaks = (one.peak_connections, other.peak_connections)
        figures.tell(pictures=count, limit=4, peaks=peaks)
        assert max(peaks) <= 4
        assert max(one.requests.values()) == max(other.requests.values()) == 1


def there_and_back(first: hostile.Origin, second: hostile.Origin, n: int) -> str:
    """From one origin to the other, and back to the first, where the picture is."""
    picture = first.url(f"/jpeg/{n}?size=2000")
    back = quote(second.url(f"/redirect/302/{n}?after=0.02&to={quote(picture)}"))
    return first.url(f"/redirect/302/{n}?after=0.02&to={back}")


def stop_one_at_work(running: service.Service, origin: hostile.Origin) -> psutil.Process:
    """SIGSTOP for a worker that has connections to the origin."""

    def at_work() -> list[psutil.Process]:
        return [one for one in processes.workers(running.process.pid) if talks_to(one, origin)]

    processes.until(at_work, "a worker is at work")
    found = at_work()[0]
    found.send_signal(signal.SIGSTOP)
    return found


def talks_to(worker: psutil.Process, origin: hostile.Origin) -> bool:
    try:
        return any(
            getattr(line.raddr, "port", None) == origin.port
            for line in worker.net_connections("tcp")
        )
    except psutil.Error:
        return False


def await_requests(origin: hostile.Origin, count: int) -> None:
    processes.until(lambda: origin.requests.total() >= count, f"{count} requests", 120)


def kill_one_but(running: service.Service, spared: int, dice: random.Random) -> None:
    def living() -> list[psutil.Process]:
        found = processes.workers(running.process.pid)
        return [one for one in found if one.pid != spared]

    processes.until(living, "a worker to kill")
    dice.choice(living()).kill()


def alive(running: service.Service) -> int:
    return int(running.sql("select count(*) from workers")[0][0])


def held(running: service.Service) -> int:
    return int(running.sql("select count(*) from origin_leases")[0][0])
