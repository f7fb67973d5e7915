"""The origin of the demo's pictures: a small web server on loopback, a bit slow, with ETags."""

import contextlib
import hashlib
import http.server
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from wirephoto.cli.demo import samples

_LEAST_DELAY_S, _MOST_DELAY_S = 0.03, 0.15


@dataclass(frozen=True, slots=True)
class File:
    """What lies at a path; ``delay`` in seconds before it is sent."""

    data: bytes
    mime_type: str
    etag: str
    delay: float


@contextlib.contextmanager
def running(good: Sequence[samples.Sample], bad: Sequence[samples.BadApple]) -> Iterator[str]:
    """Serve them while the block runs; its address, without a slash at the end."""
    files = {sample.path: _file(sample.path, sample.data, sample.mime_type) for sample in good}
    for apple in bad:
        if apple.page is not None:
            files[apple.path] = _file(apple.path, apple.page, "text/html; charset=utf-8")
    with _Origin(files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _file(path: str, data: bytes, mime_type: str) -> File:
    share = zlib.crc32(path.encode()) / 2**32
    delay = _LEAST_DELAY_S + share * (_MOST_DELAY_S - _LEAST_DELAY_S)
    return File(data, mime_type, f'"{hashlib.sha256(data).hexdigest()[:20]}"', delay)


class _Origin(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, files: Mapping[str, File]) -> None:
        self.files = files
        super().__init__(("127.0.0.1", 0), _Answers)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no fault of the demo."""


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Origin
    timeout = 60

    def do_GET(self) -> None:
        file = self.server.files.get(self.path)
        if file is None:
            self._answer(HTTPStatus.NOT_FOUND, b"There is no such picture.\n", "text/plain", "")
            return
        time.sleep(file.delay)
        if file.etag in self.headers.get("If-None-Match", ""):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", "", file.etag)
        else:
            self._answer(HTTPStatus.OK, file.data, file.mime_type, file.etag)

    def _answer(self, status: HTTPStatus, body: bytes, mime_type: str, etag: str) -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", mime_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        """Say nothing: the terminal is the demo's."""
