"""An import at a steady pace, its API asked all along: what a fault does to both."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx

from tests.faults import scale
from tests.fixtures import processes, service
from tests.origins import hostile

_WINDOW_SECONDS = 4.0
_FULL = 0.9  # of the speed before
RECOVERY_SECONDS = 30.0


class Import:
    """A job of distinct pictures, ``/jpeg/<position>``, that the origin hands out at its pace."""

    def __init__(self, running: service.Service, origin: hostile.Origin, pictures: int) -> None:
        self.pictures = pictures
        self.origin = origin
        self.job = running.accept(
            [
                service.image(origin.url(f"/jpeg/{n}?size=2000&after=0.2"), n)
                for n in range(pictures)
            ]
        )

    def await_speed(self) -> float:
        """Pictures a second, over a first whole window; a busy machine reaches less."""
        processes.until(lambda: self.origin.log, "it begins", 120)
        begun = time.monotonic()
        processes.until(lambda: self._rate(time.monotonic(), not_before=begun), "a window is over")
        return self._rate(time.monotonic())

    def recovery_after(self, restored: float, before: float) -> float:
        """Seconds from then until the first window in which the speed was full again.

        A short run is over before, and others run beside it: there it counts that work goes on.
        """
        if not scale.FULL:
            processes.until(lambda: self._goes_on_since(restored), "work goes on", 60)
            return time.monotonic() - restored
        processes.until(
            lambda: self._rate(time.monotonic(), not_before=restored) >= _FULL * before,
            f"{before} pictures a second again",
            120,
        )
        return max(0.0, time.monotonic() - _WINDOW_SECONDS - restored)

    def _goes_on_since(self, moment: float) -> bool:
        return self.origin.log[-1].at > moment or len(self.origin.requests) >= self.pictures

    def _rate(self, now: float, not_before: float = 0.0) -> float:
        start = now - _WINDOW_SECONDS
        if start < not_before:
            return 0.0
        count = 0
        for one in reversed(self.origin.log):
            if one.at < start:
                break
            count += 1
        return count / _WINDOW_SECONDS


class Asker:
    """Asks for the status, over and over; ``statuses`` as they came, ``faults`` in words."""

    def __init__(self, running: service.Service, job: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.slowest_seconds = 0.0
        self._stop = threading.Event()
        self._url = f"{running.url}/api/v1/import/images/status"
        self._given = {"id": job, "limit": "1"}
        self._token = running.token
        self._thread = threading.Thread(target=self._ask_on)
        self._thread.start()

    def _ask_on(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(headers=headers, timeout=60) as client:
            while not self._stop.wait(0.1):
                try:
                    self._note(client.get(self._url, params=self._given))
                except httpx.HTTPError as broken:
                    self.faults.append(repr(broken))

    def _note(self, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        self.slowest_seconds = max(self.slowest_seconds, answer.elapsed.total_seconds())
        if answer.status_code == 503 and int(answer.headers.get("retry-after", 0)) < 1:
            self.faults.append(f"503 without Retry-After: {answer.text}")
        if answer.status_code not in {200, 503} or "Traceback" in answer.text:
            self.faults.append(f"{answer.status_code}: {answer.text[:500]}")

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@contextlib.contextmanager
def asking(running: service.Service, job: str) -> Iterator[Asker]:
    asker = Asker(running, job)
    try:
        yield asker
    finally:
        asker.stop()
