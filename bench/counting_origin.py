"""An origin that counts the connections to it, by who opened them, from accept to their end."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Sequence

import uvloop

from bench import pictures, slow_origin

_PICTURE_BYTES = 3000
_PATIENCE_SECONDS = 120.0


class Counts:
    """What is open, and was at most; the origin cannot see that a machine is cut off.

    Attributes:
        open: connections now, by the address they come from.
        peak: the most at once, of all.
        peak_reachable: the most at once of those whose other end is not cut off.
        asked: requests, by the address they came from.
        cut_off: addresses that are, as the measurement knows.
    """

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.peak = self.peak_reachable = 0
        self.cut_off: set[str] = set()

    def opened(self, peer: str) -> None:
        self.open[peer] += 1
        self.peak = max(self.peak, self.open.total())
        reachable = sum(n for one, n in self.open.items() if one not in self.cut_off)
        self.peak_reachable = max(self.peak_reachable, reachable)

    def forget_peaks(self) -> None:
        """Count the most at once anew, from what is open now."""
        self.peak = self.peak_reachable = 0
        self.asked.clear()


class _Line(slow_origin.Line):
    def __init__(self, answers: Sequence[bytes], seconds: float, counts: Counts) -> None:
        super().__init__(answers, seconds)
        self._counts = counts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._peer = str(transport.get_extra_info("peername")[0])
        self._counts.opened(self._peer)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._counts.open[self._peer] -= 1

    def answer(self, path: bytes) -> None:
        self._counts.asked[self._peer] += 1
        super().answer(path)


@contextlib.contextmanager
def counting(address: str, milliseconds: float, count: int) -> Iterator[tuple[str, Counts]]:
    """Where it is, with so many pictures, each different, below; and what it counts."""
    answers = [slow_origin.answer(pictures.jpeg(number, _PICTURE_BYTES)) for number in range(count)]
    counts, loop = Counts(), uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> int:
        line = lambda: _Line(answers, milliseconds / 1000, counts)  # noqa: E731
        server = await loop.create_server(line, address, 0, backlog=512)
        return int(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]

    try:
        port = asyncio.run_coroutine_threadsafe(listen(), loop).result(_PATIENCE_SECONDS)
        yield f"http://{address}:{port}", counts
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
