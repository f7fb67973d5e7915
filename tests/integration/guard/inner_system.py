"""A program, not a test: the whole system in a network that has no way out, and listeners.

Runs in network and mount namespaces of its own (``unshare --net --mount``). Prints one JSON
object: rows by case, webhooks by case, and the connections by the address they came in at.

Usage: inner_system.py DATABASE_URL
"""

import collections
import json
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import threading
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parents[3]))

from tests.fixtures import ledger, processes, service
from tests.origins import pictures

PUBLIC = "93.184.216.34"
INNER = ("10.0.0.1", "169.254.169.254")
HOSTS = {
    "public.example.com": PUBLIC,
    "inner.example.com": "10.0.0.1",
    "loopback.example.com": "127.0.0.1",
}
LISTENING = [
    *((host, 80) for host in (PUBLIC, *INNER, "127.0.0.1")),
    ("127.0.0.1", 8081),
    ("10.0.0.1", 5432),
]
REDIRECTS = {
    "/to-literal": "http://10.0.0.1/secret",
    "/to-name": "http://inner.example.com/secret",
}


def urls(own: str) -> dict[str, str]:
    return {
        "public": f"http://{PUBLIC}/picture.jpg",
        "public name": "http://public.example.com/picture.jpg",
        "literal": "http://10.0.0.1/a.jpg",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "loopback": "http://127.0.0.1:8081/a.jpg",
        "own port": f"{own}/api/v1/health",
        "database port": "http://10.0.0.1:5432/",
        "name": "http://inner.example.com/a.jpg",
        "name of loopback": "http://loopback.example.com:8081/a.jpg",
        "redirect": f"http://{PUBLIC}/to-literal",
        "redirect to a name": f"http://{PUBLIC}/to-name",
        "mapped": "http://[::ffff:10.0.0.1]/a.jpg",
    }


WEBHOOKS = {
    "public": f"http://{PUBLIC}/hook",
    "name": "http://inner.example.com/hook",
    "redirect": f"http://{PUBLIC}/to-literal",
    "literal": "http://10.0.0.1/hook",
}


class Listener(socketserver.ThreadingTCPServer):
    """Counts, and answers as the path asks."""

    daemon_threads = True
    allow_reuse_address = True
    counted: collections.Counter[str] = collections.Counter()  # noqa: RUF012 - of all listeners together


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        host, port = self.connection.getsockname()[:2]
        Listener.counted[f"{host} {port}"] += 1
        path = self.rfile.readline().decode("latin-1").split(" ")[1]
        length = 0
        while (line := self.rfile.readline().decode("latin-1")) not in {"\r\n", ""}:
            if line.lower().startswith("content-length:"):
                length = int(line.partition(":")[2])
        self.rfile.read(length)
        body = pictures.jpeg(len(path), 2000) if host == PUBLIC else b"inner secret"
        head = f"302 Found\r\nLocation: {REDIRECTS[path]}" if path in REDIRECTS else "200 OK"
        self.wfile.write(
            f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        )
        self.wfile.write(body)


def prepare() -> None:
    """Addresses on our own loopback, and a hosts file that this namespace alone sees."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for host in (PUBLIC, *INNER):
        subprocess.run(["ip", "address", "add", host, "dev", "lo"], check=True)
    with tempfile.NamedTemporaryFile("w", prefix="hosts-") as hosts:
        hosts.write("".join(f"{address} {name}\n" for name, address in HOSTS.items()))
        hosts.flush()
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
    for address in LISTENING:
        threading.Thread(target=Listener(address, Conversation).serve_forever, daemon=True).start()


def rows(running: service.Service) -> dict[str, Any]:
    """All pictures of the list in one job; their rows by case."""
    wanted = urls(running.url)
    images = [service.image(url, case) for case, url in wanted.items()]
    return {row["externalId"]: row for row in running.bring(images)}


def webhooks(running: service.Service, database_url: str) -> dict[str, Any]:
    """A job for each webhook; what became of the delivery after its first try."""
    found: dict[str, Any] = {}
    for case, url in WEBHOOKS.items():
        image = service.image(f"http://{PUBLIC}/picture.jpg", case)
        answer = running.post({"systemName": "hooks", "images": [image], "webhook": url})
        if answer.status_code != 200:
            found[case] = {"status": answer.status_code}
            continue
        number = ledger.job_id(database_url, answer.json()["id"])
        look = "select state, tries from deliveries where job_id = %s and tries > 0"
        processes.until(lambda: ledger.rows(database_url, look, number), f"a try at {case}")  # noqa: B023 - used at once
        (row,) = ledger.rows(database_url, look, number)
        found[case] = {"delivered": row["state"] == "delivered", "tries": row["tries"]}
    return found


def main(database_url: str) -> dict[str, Any]:
    prepare()
    with service.serving(database_url, WIREPHOTO_ALLOW_NETWORKS="") as running:
        Listener.counted.clear()
        return {
            "rows": rows(running),
            "webhooks": webhooks(running, database_url),
            "connections": dict(Listener.counted),
        }


if __name__ == "__main__":
    outcomes = main(sys.argv[1])
    json.dump(outcomes, sys.stdout)
