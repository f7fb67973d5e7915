"""Somebody else's site: it embeds pictures, shows files as it likes, and counts what it hears."""

import contextlib
import html
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Every way in which a page takes in what stands elsewhere.
WAYS = {
    "img": '<img src="{url}">',
    "object": '<object data="{url}"></object>',
    "iframe": '<iframe src="{url}"></iframe>',
    "embed": '<embed src="{url}">',
    "script": '<script src="{url}" charset="latin1"></script>',
    "module": '<script type="module" src="{url}"></script>',
    "link": '<link rel="stylesheet" href="{url}">',
    "import": "<script>import({text}).catch(() => 0)</script>",
    "css": "<style>body {{ background: url({text}) }}</style>",
}


class Site:
    """``heard`` counts the paths below ``/ran`` and ``/spy`` that were asked for."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self._shown: dict[str, tuple[bytes, str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, kind = site.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def script(self, name: str) -> str:
        """Tells the site that it ran, and everybody else by a dialog."""
        return f"new Image().src='{self.url}/ran/{name}';alert(1)"

    def show(self, path: str, body: bytes, kind: str) -> str:
        """A file as this site serves it: without one header of ours."""
        self._shown[path] = (body, kind)
        return self.url + path

    def page(self, path: str, urls: Sequence[str], *ways: str) -> str:
        """A page that takes the URLs in, in these ways, or in all."""
        parts = [
            WAYS[way].format(url=html.escape(url), text=repr(url))
            for url in urls
            for way in ways or tuple(WAYS)
        ]
        text = f"<!doctype html><title>{path}</title><body>{''.join(parts)}"
        return self.show(path, text.encode(), "text/html")

    def answer(self, path: str) -> tuple[bytes, str]:
        if path.startswith(("/ran/", "/spy")):
            self.heard[path] += 1
        return self._shown.get(path, (b"", "text/plain"))

    def serve(self) -> None:
        self._server.serve_forever(0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def running() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.serve)
    thread.start()
    try:
        yield site
    finally:
        site.close()
        thread.join()
