"""The database away, its sessions ended, or silent: 503 with Retry-After, then full speed again."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.faults import scale, steady
from tests.fixtures import figures, gateway, ledger, processes, service
from tests.origins import hostile

_TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)

pytestmark = pytest.mark.timeout(1800)


def shut(way: gateway.Gateway, _: str) -> None:
    way.shut()
    time.sleep(scale.pick(3, 60))
    way.open()


def stall(way: gateway.Gateway, _: str) -> None:
    way.stall()
    time.sleep(scale.pick(3, 60))
    way.heal()


def terminate_sessions(_: gateway.Gateway, database_url: str) -> None:
    """Every two seconds, for a minute."""
    for _round in range(scale.pick(2, 30)):
        ledger.rows(database_url, _TERMINATE)
        time.sleep(2)


@pytest.mark.parametrize(
    "fault", scale.pick([terminate_sessions], [shut, stall, terminate_sessions])
)
def test_an_import_goes_through_and_is_at_full_speed_again(
    fault: Callable[[gateway.Gateway, str], None], database_url: str, figures: figures.Figures
) -> None:
    with (
        hostile.running() as origin,
        gateway.opened(database_url) as way,
        service.serving(way.url, workers=2) as running,
    ):
        importing = steady.Import(running, origin, scale.pick(700, 6000))
        before = importing.await_speed()
        with steady.asking(running, importing.job) as asker:
            fault(way, database_url)
            recovered = importing.recovery_after(time.monotonic(), before)
            running.wait_through(importing.job, patience=600)
        ledger.assert_whole(
            database_url, running.data_dir / "storage", importing.job, importing.pictures
        )
        service.prove(running.environment)
        assert "Traceback" not in running.log(), running.log()[-5000:]
    figures.tell(
        fault=fault.__name__,
        pictures=importing.pictures,
        pictures_a_second_before=round(before),
        to_full_speed_seconds=round(recovered, 1),
        answers=dict(asker.statuses),
        slowest_answer_seconds=round(asker.slowest_seconds, 1),
        fetched_again=origin.requests.total() - importing.pictures,
    )
    assert asker.faults == []
    assert recovered <= steady.RECOVERY_SECONDS


def test_a_database_that_is_there_and_says_nothing_is_answered_for_with_503(
    database_url: str, figures: figures.Figures
) -> None:
    with gateway.opened(database_url) as way, service.serving(way.url, workers=0) as running:
        way.stall()
        begun = time.monotonic()
        answer = httpx.get(f"{running.url}/api/v1/health", timeout=60)
        figures.tell(answered_after_seconds=round(time.monotonic() - begun, 1))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        way.heal()
        processes.until(
            lambda: running.client.get("/api/v1/health").status_code == 200, "it is back"
        )
