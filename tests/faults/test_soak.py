"""A long run of small pictures with faults mixed in: nothing grows, nothing is lost or doubled."""

import random
import signal
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator

import psutil
import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger, processes, service
from tests.origins import hostile
from wirephoto.db import embedded

PICTURES = scale.sized("PICTURES", 2000, 200_000)
BATCH = scale.pick(2000, 10_000)
FAULTS = scale.pick(3, PICTURES // 3333)
FLAKY = 200  # one picture in so many is refused at its first try
SEED = 20261126
GROWTH = 1.1
BREATHING = 8  # files: connections to the database come and go; less than one for each fault
MOST_MEMORY = 600_000_000  # bytes, of one process
MOST_FILES = 1000
_TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


class Scales:
    """Memory and files of every process, by what it is; a fresh one is not weighed yet."""

    def __init__(self, serve: int) -> None:
        self.seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._serve = serve
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._weigh_on)
        self._thread.start()

    def _weigh_on(self) -> None:
        while not self._stop.wait(scale.pick(0.2, 2.0)):
            for name, process in self._named():
                try:
                    if time.time() - process.create_time() > scale.pick(1, 10):
                        self.seen[name].append((process.memory_info().rss, process.num_fds()))
                except psutil.NoSuchProcess:
                    continue

    def _named(self) -> Iterator[tuple[str, psutil.Process]]:
        yield "serve", psutil.Process(self._serve)
        for worker in processes.workers(self._serve):
            yield "worker", worker

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def quarters(self, name: str) -> tuple[float, float, float, float]:
        """Median memory and files: of the first quarter, and of the last."""
        seen = self.seen[name]
        size = max(1, len(seen) // 4)
        first, last = seen[:size], seen[-size:]
        return (
            statistics.median(memory for memory, _ in first),
            statistics.median(memory for memory, _ in last),
            statistics.median(files for _, files in first),
            statistics.median(files for _, files in last),
        )


def do_harm(running: service.Service, dice: random.Random) -> str:
    """One fault, by chance: a worker killed, all sessions ended, the database stopped at once."""
    name = dice.choice(["worker", "worker", "sessions", "database"])
    if name == "worker":
        for victim in processes.workers(running.process.pid)[:1]:
            victim.kill()
        return name
    with embedded.running(running.data_dir, embedded.Holder.COMMAND) as database:
        if name == "sessions":
            ledger.rows(database.url, _TERMINATE)
        else:
            psutil.Process(database.pid).send_signal(signal.SIGQUIT)
    return name


def batch(origin: hostile.Origin, start: int) -> list[dict[str, object]]:
    return [
        service.image(origin.url(f"/{_path(n)}"), n)
        for n in range(start, min(start + BATCH, PICTURES))
    ]


def _path(number: int) -> str:
    return f"flaky/1/{number}" if number % FLAKY == 0 else f"jpeg/{number}?size=1500"


@pytest.mark.timeout(7200)
def test_a_long_run_with_faults_grows_nothing_and_loses_nothing(figures: figures.Figures) -> None:
    dice = random.Random(SEED)
    moments = sorted(dice.sample(range(PICTURES // 20, PICTURES * 9 // 10), FAULTS))
    done: list[str] = []
    with (
        hostile.running() as origin,
        service.serving(None, workers=2) as running,
    ):
        scales = Scales(running.process.pid)
        jobs = {}
        try:
            for start in range(0, PICTURES, BATCH):
                images = batch(origin, start)
                job = running.accept(images)
                jobs[job] = len(images)
                while moments and moments[0] < start + len(images):
                    at = moments.pop(0)
                    processes.until(lambda at=at: len(origin.requests) >= at, "it goes on", 300)  # type: ignore[misc]
                    done.append(do_harm(running, dice))
                running.wait_through(job, patience=600)
        finally:
            scales.stop()
        with embedded.running(running.data_dir, embedded.Holder.COMMAND) as database:
            ledger.assert_all_whole(database.url, running.data_dir / "storage", jobs)
        service.prove(running.environment)
        assert "Traceback" not in running.log(), running.log()[-5000:]
    told: dict[str, object] = {}
    grown: dict[str, bool] = {}
    for name in ("serve", "worker"):
        first, last, files_first, files_last = scales.quarters(name)
        told[f"{name}_megabytes"] = f"{first / 1e6:.0f} to {last / 1e6:.0f}"
        told[f"{name}_files"] = f"{files_first:.0f} to {files_last:.0f}"
        grown[name] = last > first * GROWTH or files_last > files_first * GROWTH + BREATHING
        assert last < MOST_MEMORY
        assert files_last < MOST_FILES
    figures.tell(pictures=PICTURES, faults=len(done), seed=SEED, **told)
    assert not scale.FULL or not any(grown.values()), told
