"""The database is stopped at once, again and again: 503 for a moment, then full speed again."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.faults import scale, steady
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile
from wirephoto.db import embedded

PICTURES = scale.pick(700, 24_000)
_RESCUING = (
    "select count(*) from pg_stat_activity"
    " where wait_event_type = 'Lock' and query like '%%delete from workers where heartbeat_at%%'"
)

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with service.folder() as made:
        yield made


def postmaster(data_dir: Path) -> psutil.Process:
    with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
        return psutil.Process(database.pid)


def stop_at_once(data_dir: Path) -> None:
    """``pg_ctl stop -m immediate``: no checkpoint, no farewell."""
    postmaster(data_dir).send_signal(signal.SIGQUIT)


def kill(data_dir: Path) -> None:
    postmaster(data_dir).kill()


def kill_a_backend(data_dir: Path) -> None:
    """Kill -9 of one session: PostgreSQL ends all the others and recovers."""
    sessions = (
        "select pid from pg_stat_activity where application_name like 'wirephoto worker%%' limit 1"
    )
    with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
        psutil.Process(ledger.value(database.url, sessions)).kill()


def stop_during_the_rescue(data_dir: Path) -> None:
    """At once, while the rescue is in the middle of its transaction."""
    with (
        embedded.running(data_dir, embedded.Holder.COMMAND) as database,
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(database.url) as holding,
    ):
        holding.execute("lock table workers in share mode")
        processes.until(lambda: ledger.value(database.url, _RESCUING), "the rescue runs")
        psutil.Process(database.pid).send_signal(signal.SIGQUIT)
        holding.execute("select pg_sleep(30)")


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (stop_at_once, scale.pick(0, 20)),
        (kill, scale.pick(0, 5)),
        (kill_a_backend, scale.pick(0, 5)),
        (stop_during_the_rescue, scale.pick(1, 3)),
    ],
)
def test_an_import_is_at_full_speed_again_soon_after_its_database(
    fault: Callable[[Path], None], times: int, data_dir: Path, figures: figures.Figures
) -> None:
    if not times:
        pytest.skip("full scale only")
    with (
        hostile.running() as origin,
        service.serving(None, workers=2, data_dir=data_dir) as running,
    ):
        importing = steady.Import(running, origin, min(PICTURES, 1200 * times))
        before = importing.await_speed()
        recovered = []
        with steady.asking(running, importing.job) as asker:
            for _ in range(times):
                fault(data_dir)
                recovered.append(importing.recovery_after(time.monotonic(), before))
            running.wait_through(importing.job, patience=600)
        with embedded.running(data_dir, embedded.Holder.COMMAND) as database:
            ledger.assert_whole(
                database.url, data_dir / "storage", importing.job, importing.pictures
            )
        service.prove(running.environment)
        assert "Traceback" not in running.log(), running.log()[-5000:]
    assert asker.faults == []
    figures.tell(
        fault=fault.__name__,
        times=times,
        pictures=importing.pictures,
        pictures_a_second_before=round(before),
        longest_to_full_speed_seconds=round(max(recovered), 1),
        answers=dict(asker.statuses),
        slowest_answer_seconds=round(asker.slowest_seconds, 1),
        fetched_again=origin.requests.total() - importing.pictures,
    )
    assert max(recovered) <= steady.RECOVERY_SECONDS
