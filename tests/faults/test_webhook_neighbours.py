"""A receiver that hangs, or a hundred of them, delay nobody else's webhooks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.faults import scale
from tests.fixtures import figures, post, processes, service
from tests.fixtures import receiver as receivers
from tests.origins import hostile

EVENTS = scale.pick(30, 200)
WORKERS = scale.pick(2, 4)
GAP_SECONDS = scale.pick(0.05, 0.1)
# Under its own load a small machine is late by itself; without the limits it was 48 seconds.
MOST_SECONDS = scale.pick(3.0, 1.0)
ORIGINS = 100


@dataclass
class Street:
    """Receivers that are well, beside one that is not."""

    post: post.Post
    well: receivers.Receiver

    def delays(self, project: str = "default") -> list[float]:
        """Send events to ten receivers one after the other; how late each arrived, sorted."""
        written: dict[str, float] = {}
        for number in range(EVENTS):
            written_at = time.time()
            (event,) = self.post.write(f"{self.well.url}/{number % 10}", project=project)
            written[event] = written_at
            time.sleep(GAP_SECONDS)
        processes.until(lambda: set(written) <= set(self.arrived()), "all have arrived", 120)
        arrived = self.arrived()
        return sorted(arrived[event] - at for event, at in written.items())

    def meet(self) -> None:
        """One event to each: that they answer promptly is known from here on."""
        met = self.post.write(*[f"{self.well.url}/{number}" for number in range(10)])
        processes.until(lambda: self.post.count("delivered") == len(met), "all are known")

    def arrived(self) -> dict[str, float]:
        return {one.headers["webhook-id"]: one.at for one in [*self.well.received]}


def p99(delays: list[float]) -> float:
    return delays[-1 - len(delays) // 100]


def one_endpoint(origin: hostile.Origin) -> list[str]:
    return [f"http://127.0.0.1:{origin.port}/silence"] * 200


def a_path_for_each(origin: hostile.Origin) -> list[str]:
    return [f"http://127.0.0.1:{origin.port}/silence/{number}" for number in range(200)]


def many_origins(origin: hostile.Origin) -> list[str]:
    return [f"http://127.0.0.{2 + number % ORIGINS}:{origin.port}/silence" for number in range(200)]


SICK: list[Callable[[hostile.Origin], list[str]]] = [one_endpoint, a_path_for_each, many_origins]


@pytest.mark.parametrize("sick", scale.pick(SICK[:1], SICK), ids=lambda sick: sick.__name__)
def test_others_wait_no_second_longer_beside_200_deliveries_that_hang(
    database_url: str,
    receiver: receivers.Receiver,
    figures: figures.Figures,
    sick: Callable[[hostile.Origin], list[str]],
) -> None:
    with (
        hostile.running("0.0.0.0") as origin,
        service.serving(database_url, workers=WORKERS),
    ):
        street = Street(post.Post(database_url), receiver)
        street.meet()
        before = street.delays()
        waiting = street.post.write(*sick(origin))
        processes.until(lambda: origin.log, "the first of them hang")
        beside = street.delays()
        figures.tell(
            workers=WORKERS,
            events=EVENTS,
            p99_alone_seconds=round(p99(before), 3),
            p99_beside_seconds=round(p99(beside), 3),
            most_at_once=origin.peak_connections,
        )
        assert street.post.count("pending") == len(waiting), "they hang to the end"
        assert p99(beside) - p99(before) < MOST_SECONDS
        if sick is one_endpoint:
            assert origin.peak_connections <= 4
        if sick is a_path_for_each:
            assert origin.peak_connections <= 16
