"""The processes of ``mortal``, from the side of a test."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

from tests.fixtures import service


class Mortals:
    """Worker processes that die by order; ``deaths``, or other orders, as they came."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.deaths: list[str] = []
        self.process = process
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.deaths.extend(line.strip() for line in self.process.stdout)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            assert self.process.wait(60) == 0
        finally:
            self.process.kill()
            self._reading.join()


@contextlib.contextmanager
def started(running: service.Service, wanted: list[str], places: int) -> Iterator[Mortals]:
    """Beside a ``serve``, in its data directory."""
    with (running.data_dir / "mortals.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal", str(places)],
            env=running.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin is not None
    with process.stdin as given:
        given.write("\n".join(wanted))
    here = Mortals(process)
    try:
        yield here
    finally:
        here.end()
        assert process.stdout is not None
        process.stdout.close()
