"""An origin far away: small pictures, each answer begun some time after its request came.

``python -m bench.slow_origin MILLISECONDS`` prints its port, and serves until it is told to end.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import uvloop

from bench import measure, pictures

_PICTURES = 500
_PICTURE_BYTES = 3000
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


class Line(asyncio.Protocol):
    """One connection: a request, its answer, the next one."""

    def __init__(self, answers: Sequence[bytes], seconds: float) -> None:
        self._answers, self._seconds = answers, seconds
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name

    def data_received(self, data: bytes) -> None:
        self._begun += data
        while b"\r\n\r\n" in self._begun:
            request, _, self._begun = self._begun.partition(b"\r\n\r\n")
            self.answer(request.split(b" ", 2)[1])

    def answer(self, path: bytes) -> None:
        answer = self._answers[int(path.rpartition(b"/")[2]) % len(self._answers)]
        asyncio.get_running_loop().call_later(self._seconds, self._transport.write, answer)


def answer(body: bytes) -> bytes:
    """A picture with its head."""
    return _HEAD % len(body) + body


async def _serve(seconds: float) -> None:
    answers = [answer(pictures.jpeg(number, _PICTURE_BYTES)) for number in range(_PICTURES)]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(answers, seconds), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def serving(milliseconds: float) -> Iterator[str]:
    """Its address; any number below it is a picture, and every 500th the same one."""
    command = [sys.executable, "-m", "bench.slow_origin", str(milliseconds)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[1]
    ) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise measure.CannotRun("the origin does not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(float(sys.argv[1]) / 1000))
