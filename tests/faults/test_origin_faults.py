"""Origins that fail now and then, and ones that ask to wait: what may pass ends in success."""

import random
from collections import Counter

import pytest

from tests.faults import scale
from tests.fixtures import figures, processes, service
from tests.origins import hostile, mended

PICTURES = scale.pick(200, 8000)
FAULTY = 0.05
SEED = 20261125
TRIES = 4
LONG_SECONDS = 6
NOTICE_SECONDS = 1.5  # until other workers know; a request may be on its way besides


def paths(dice: random.Random) -> list[str]:
    """One in twenty fails at first, each fault in its turn."""
    faults = list(mended.FAULTS)
    bad = dice.sample(range(PICTURES), round(PICTURES * FAULTY))
    faulty = {n: faults[place % len(faults)] for place, n in enumerate(bad)}
    return [
        f"/at-first/{faulty[n]}/{dice.choice(scale.pick((1,), (1, 1, 2)))}/{n}"
        if n in faulty
        else f"/jpeg/{n}?size=2000&after=0.01"
        for n in range(PICTURES)
    ]


@pytest.mark.timeout(1800)
def test_what_fails_now_and_then_ends_in_success_within_its_tries(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        service.serving(
            database_url,
            workers=2,
            WIREPHOTO_FETCH_TIMEOUT="3",
            WIREPHOTO_FETCH_TRIES=str(TRIES),
        ) as running,
    ):
        asked = paths(random.Random(SEED))
        images = [service.image(origin.url(path), n) for n, path in enumerate(asked)]
        done = running.wait(running.accept(images), patience=600)
        assert done["overview"]["details"] == {"success": PICTURES, "skipped": 0, "failed": 0}
        assert_each_once_more_than_it_failed(origin, asked)
        figures.tell(
            pictures=PICTURES,
            faulty=sum(path.startswith("/at-first") for path in asked),
            requests=origin.requests.total(),
            most_requests_for_a_picture=max(origin.requests.values()),
        )


def assert_each_once_more_than_it_failed(origin: hostile.Origin, asked: list[str]) -> None:
    expected = Counter[str]()
    for path in asked:
        times = int(path.split("/")[3]) if path.startswith("/at-first") else 0
        expected[path.partition("?")[0]] = times + 1
    assert origin.requests == expected


@pytest.mark.timeout(240)
@pytest.mark.parametrize("workers", scale.pick([2], [1, 2, 4]))
def test_an_origin_that_asks_to_wait_is_left_alone_and_no_other_is_slowed(
    database_url: str, workers: int
) -> None:
    with (
        hostile.running() as slow,
        hostile.running() as other,
        service.serving(database_url, workers=workers) as running,
    ):
        processes.until(lambda: running.sql("select count(*) from workers")[0][0] == workers, "up")
        asked = [f"/jpeg/{n}?size=2000&after=0.05" for n in range(200)]
        asked[0] = f"/status/429?retry-after={LONG_SECONDS}"
        images = [service.image(slow.url(path), n) for n, path in enumerate(asked)]
        images += [service.image(other.url(path), f"o{n}") for n, path in enumerate(asked) if n]
        running.accept(images)
        processes.until(lambda: slow.requests["/status/429"], "it asks to wait")
        said = next(one.at for one in list(slow.log) if one.path == "/status/429")
        processes.until(lambda: other.requests.total() >= 199, "the other goes on", 60)
        assert max(one.at for one in other.log) < said + LONG_SECONDS
        processes.until(lambda: slow.requests.total() >= 201, "it goes on", 60)
        early = [one for one in slow.log if said + NOTICE_SECONDS < one.at < said + LONG_SECONDS]
        assert early == []


@pytest.mark.timeout(600)
def test_pictures_of_an_origin_that_is_away_wait_for_it_and_delay_nobody(
    database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as live,
        hostile.running() as away,
        service.serving(database_url, workers=2, WIREPHOTO_PROBE_SECONDS="2") as running,
    ):
        port = away.port
        away.call(away.stop())
        urls = [f"http://127.0.0.1:{port}/jpeg/{n}?size=2000" for n in range(100)]
        urls += [live.url(f"/jpeg/{n}?size=2000") for n in range(100, 200)]
        job = running.accept([service.image(url, n) for n, url in enumerate(urls)])
        processes.until(lambda: running.status(job)["overview"]["details"]["success"] == 100, "all")
        parked = "select count(*) from origins where parked_at is not null"
        processes.until(lambda: running.sql(parked)[0][0] == 1, "it is parked", 60)
        processes.until(lambda: probes(running) >= 2, "it is probed, and is still away", 60)
        assert running.status(job)["overview"]["details"]["failed"] == 0
        away.call(away.start(port))
        done = running.wait(job, patience=120)
        assert done["overview"]["details"] == {"success": 200, "skipped": 0, "failed": 0}
        assert set(away.requests.values()) == {1}
        figures.tell(pictures=200, away=100, requests_when_back=away.requests.total())


def probes(running: service.Service) -> int:
    """Misses beyond the twenty that parked it, and those that were under way then."""
    return int(running.sql("select coalesce(max(unreachable), 0) - 20 from origins")[0][0])


@pytest.mark.timeout(240)
def test_pictures_of_an_origin_that_stays_away_fail_and_may_be_tried_again(
    database_url: str,
) -> None:
    with (
        hostile.running() as live,
        hostile.running() as away,
        service.serving(
            database_url,
            WIREPHOTO_PROBE_SECONDS="1",
            WIREPHOTO_PARK_MINUTES="0.05",
            WIREPHOTO_FETCH_TRIES="2",
        ) as running,
    ):
        urls = [away.url(f"/jpeg/{n}") for n in range(40)] + [live.url("/jpeg/1?size=2000")]
        away.call(away.stop())
        rows = running.bring([service.image(url, n) for n, url in enumerate(urls)])
        assert rows[-1]["state"] == "success"
        for row in rows[:-1]:
            assert (row["state"], row["code"], row["retryable"]) == ("failed", "unreachable", True)
            assert row["attempts"] <= 2


@pytest.mark.timeout(240)
def test_an_origin_that_restarts_loses_nobody_anything(database_url: str) -> None:
    with hostile.running() as origin, service.serving(database_url, workers=2) as running:
        count = scale.pick(100, 2000)
        images = [
            service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.05"), n) for n in range(count)
        ]
        job = running.accept(images)
        for moment in (20, count // 2):
            processes.until(lambda at=moment: origin.requests.total() >= at, "it goes on", 60)  # type: ignore[misc]
            port = origin.port
            origin.call(origin.stop())
            origin.call(origin.start(port))
        done = running.wait(job, patience=200)
        assert done["overview"]["details"]["success"] == count
        assert max(origin.requests.values()) <= TRIES
