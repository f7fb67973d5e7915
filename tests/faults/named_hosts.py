"""A program, not a test: origins by name, with a name server of ours that can fail.

Runs in network and mount namespaces of its own (``unshare --net --mount``). Prints one JSON object.

Usage: named_hosts.py DATABASE_URL HOSTS PICTURES
"""

import asyncio
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import dnslib
import psutil

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from tests.fixtures import processes, service
from tests.integration.guard import names
from tests.origins import hostile

WORKERS = 2
RESOLV = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


class Hosts(names.Zone):
    """Every name is on loopback; while ``away``, the name server has a fault of its own."""

    def __init__(self) -> None:
        super().__init__({})
        self.away = False
        self.failures = 0

    def reply(self, data: bytes) -> bytes:
        query = dnslib.DNSRecord.parse(data)
        reply = query.reply()
        if self.away:
            self.failures += 1
            reply.header.rcode = dnslib.RCODE.SERVFAIL
        elif query.q.qtype == dnslib.QTYPE.A:
            reply.add_answer(
                dnslib.RR(query.q.qname, dnslib.QTYPE.A, ttl=0, rdata=dnslib.A("127.0.0.1"))
            )
        return bytes(reply.pack())


def prepare(folder: pathlib.Path) -> Hosts:
    """Loopback, a resolv.conf that this namespace alone sees, and the name server."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolv = folder / "resolv.conf"
    resolv.write_text(RESOLV)
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    hosts, ready, loop = Hosts(), threading.Event(), asyncio.new_event_loop()

    def run() -> None:
        loop.run_until_complete(names.serve(hosts))
        ready.set()
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(10)
    return hosts


def images(origin: hostile.Origin, hosts: list[str], what: str) -> list[dict[str, Any]]:
    return [
        service.image(f"http://{host}:{origin.port}/jpeg/{n}?size=2000", f"{what}{n}")
        for n, host in enumerate(hosts)
    ]


def while_names_fail(
    running: service.Service, origin: hostile.Origin, hosts: Hosts, count: int
) -> dict[str, Any]:
    """A job of one name, while another's goes on by address."""
    hosts.away = True
    job = running.accept(images(origin, ["away.example.com"] * count, "away"))
    other = running.wait(running.accept(images(origin, ["127.0.0.1"] * count, "by address")))
    parked = "select count(*) from origins where parked_at is not null"
    processes.until(lambda: running.sql(parked)[0][0] == 1, "the name is parked", 60)
    asked = hosts.failures
    processes.until(lambda: hosts.failures > asked, "it is tried again", 60)
    meanwhile = running.status(job)["overview"]["details"]
    hosts.away = False
    begun = time.monotonic()
    done = running.wait(job, patience=120)["overview"]["details"]
    return {
        "beside": other["overview"]["details"],
        "meanwhile": meanwhile,
        "done": done,
        "seconds": round(time.monotonic() - begun, 1),
    }


def of_many_hosts(running: service.Service, origin: hostile.Origin, count: int) -> dict[str, Any]:
    """A job whose every picture is on a host of its own, and what is left of that."""
    before = memory(running)
    begun = time.monotonic()
    posted = images(origin, [f"h{n}.example.com" for n in range(count)], "host")
    done = running.wait(running.accept(posted), patience=1200)["overview"]["details"]
    seconds = time.monotonic() - begun
    leases = "select count(*) from origin_leases"
    processes.until(lambda: running.sql(leases)[0][0] == 0, "leases are given back", 60)
    processes.until(lambda: not others(running, origin), "misses are forgotten", 300)
    return {
        "done": done,
        "seconds": round(seconds),
        "origins": others(running, origin),
        "megabytes_more": [
            round((after - there) / 2**20)
            for there, after in zip(before, memory(running), strict=True)
        ],
        "peak_connections": origin.peak_connections,
    }


def others(running: service.Service, origin: hostile.Origin) -> int:
    """Origins that something is known of. A loaded machine misses some at first: for a minute."""
    counted = "select count(*) from origins where name <> 'http://away.example.com:' || %(port)s"
    return int(running.sql(counted, port=str(origin.port))[0][0])


def memory(running: service.Service) -> list[int]:
    return sorted(
        int(psutil.Process(one.pid).memory_info().rss)
        for one in processes.workers(running.process.pid)
    )


def main(database_url: str, many: str, count: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        hosts = prepare(pathlib.Path(made))
        with (
            hostile.running() as origin,
            service.serving(database_url, workers=WORKERS, WIREPHOTO_PROBE_SECONDS="1") as running,
        ):
            found = {
                "failing": while_names_fail(running, origin, hosts, int(count)),
                "many": of_many_hosts(running, origin, int(many)),
            }
            assert "Traceback" not in running.log(), running.log()[-5000:]
            return found


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
