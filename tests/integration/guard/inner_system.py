"""A program, not a test: the whole system in a network that has no way out, and listeners.

Runs in network and mount namespaces of its own (``unshare --net --mount``), where every address
is local. Prints one JSON object: what became of each case, and each connection that was asked
for, by its address.

Usage: inner_system.py guarded | unguarded DATABASE_URL ANOTHER_DATABASE_URL
"""

import asyncio
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

sys.path.insert(0, str(pathlib.Path(__file__).parents[3]))

from tests.fixtures import ledger, processes, service
from tests.integration.guard import cases, listening, names
from wirephoto import errors
from wirephoto.net import addresses, session, urls

FLIPS = {"guarded": 1000, "unguarded": 100}
UNGUARDED = str(pathlib.Path(__file__).parent / "unguarded")
MEASURED = 200
GOOD = f"http://{cases.PUBLIC}"
PROXY = f"http://10.0.0.1:{listening.PROXY_PORT}"
PROXIES = {
    name: PROXY
    for plain in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "SOCKS_PROXY")
    for name in (plain, plain.lower())
} | {"NO_PROXY": "localhost", "no_proxy": "localhost"}

# The same inner place as it answers in four ways, by address and by name.
INNER = {
    "open": ("10.0.0.1:80", "inner.example.com:80"),
    "failing": ("10.0.0.1:8090", "inner.example.com:8090"),
    "closed": ("10.0.0.1:8081", "closed.example.com:8081"),
    "filtered": ("10.0.0.9:8082", "filtered.example.com:8082"),
}

OPENED = "10.1.2.0/24,127.0.0.0/8,169.254.0.0/16,fd00::/8"
OPEN = (
    "http://10.1.2.3/x.jpg",
    "http://10.1.2.3:6379/x.jpg",
    "http://10.1.2.0:22/x.jpg",
    "http://10.1.2.255:5432/x.jpg",
    "http://[fd00::1]:9200/x.jpg",
    cases.redirecting("http://10.1.2.3:8080/x.jpg"),
)
STILL_SHUT = (
    "http://10.1.1.255/x.jpg",
    "http://10.1.3.0/x.jpg",
    "http://10.0.0.1/x.jpg",
    "http://[::ffff:10.1.2.3]/x.jpg",
    "http://[64:ff9b::10.1.2.3]/x.jpg",
    "http://[2002:a01:203::]/x.jpg",
    "http://169.254.169.254/x.jpg",
    "http://169.254.1.1/x.jpg",
    "http://[fd00:ec2::254]/x.jpg",
    "http://metadata.google.internal/x.jpg",
    f"http://{cases.PUBLIC}:6379/x.jpg",
    cases.redirecting("http://169.254.169.254/x.jpg"),
)


def single() -> dict[str, str]:
    """Images that are one of a kind, by what the tests call them."""
    wanted = {name: f"http://{name}/x.jpg" for name in names.SPECIAL}
    for name in (*names.FAILING, "silent"):
        wanted[f"{name}.example.com"] = f"http://{name}.example.com/x.jpg"
    wanted |= {what: f"{GOOD}/{what}/x.jpg" for what in ("refresh", "choices", "svg")}
    for what, (address, name) in INNER.items():
        wanted[f"{what} by address"] = f"http://{address}/x.jpg"
        wanted[f"{what} by name"] = f"http://{name}/x.jpg"
        wanted[f"{what} by redirect"] = cases.redirecting(f"http://{address}/x.jpg")
        wanted[f"{what} by redirect to a name"] = cases.redirecting(f"http://{name}/x.jpg")
    return wanted


class System:
    """A running service, and what it was asked to do."""

    def __init__(self, running: service.Service, database_url: str) -> None:
        self._running = running
        self._database_url = database_url
        own = httpx.HTTPTransport(local_address=listening.CLIENT)
        headers = {"Authorization": f"Bearer {running.token}"}
        running.client.close()
        running.client = httpx.Client(
            base_url=running.url, headers=headers, timeout=30, transport=own, trust_env=False
        )

    def images(self, wanted: dict[str, str]) -> dict[str, Any]:
        """All of them in one job; their rows."""
        posted = [service.image(url, name) for name, url in wanted.items()]
        job = self._running.accept(posted)
        rows = self._running.wait(job, 150)["images"]
        return {row["externalId"]: row for row in rows}

    def posted(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Each in a request of its own, which ought to be refused: its answer."""
        found = {}
        for name, url in wanted.items():
            image = json.dumps(service.image(url, name))  # as it is: no codec of the client's
            found[name] = self._send(f'{{"systemName": "one", "images": [{image}]}}')
        return found

    def webhooks(self, wanted: dict[str, str]) -> dict[str, Any]:
        """A job for each; the refusal, or what became of the delivery at its first try."""
        image = json.dumps(service.image(f"{GOOD}/x.jpg"))
        found, jobs = {}, {}
        for name, url in wanted.items():
            hook = json.dumps(url)
            answer = self._send(f'{{"systemName": "h", "images": [{image}], "webhook": {hook}}}')
            if answer["status"] == 200:
                jobs[name] = answer["id"]
            found[name] = answer
        for name, job in jobs.items():
            found[name] |= self._delivery(job)
        return found

    def _send(self, body: str) -> dict[str, Any]:
        answer = self._running.client.post(
            "/api/v1/import/images", content=body, headers={"Content-Type": "application/json"}
        )
        return {"status": answer.status_code, **answer.json()}

    def _delivery(self, job: str) -> dict[str, Any]:
        look = (
            "select d.state, t.http_status, t.problem from deliveries d"
            " join delivery_tries t on t.delivery_id = d.id join jobs j on j.id = d.job_id"
            " where j.public_id = %s and t.number = 1"
        )
        processes.until(lambda: ledger.rows(self._database_url, look, job), f"a try at {job}", 60)
        (row,) = ledger.rows(self._database_url, look, job)
        return {**row, "delivered": row["state"] == "delivered"}


def urls_of(doors: Iterable[str], *fates: str) -> dict[str, str]:
    found = cases.all_cases()
    return {case.tag: case.url for case in found if case.door in doors and case.fate in fates}


def flips(system: System, count: int) -> dict[str, int]:
    """Names that are asked once each; their answers are public and loopback in turns."""
    wanted = {f"flip{n}": f"http://f{n}.flip.example.com/flip{n}.jpg" for n in range(count)}
    rows = system.images(wanted)
    fates = [row.get("code", row["state"]) for row in rows.values()]
    return {fate: fates.count(fate) for fate in sorted(set(fates))}


def guarded(database_url: str, another: str, folder: pathlib.Path) -> dict[str, Any]:
    netrc = folder / ".netrc"
    netrc.write_text(f"machine {cases.PUBLIC} login user password secret\n")
    netrc.chmod(0o600)
    home = {"HOME": str(folder), "NETRC": str(netrc)}
    with strict(database_url, **PROXIES, **home) as (running, system):
        found = doors(system)
        found["flips"] = flips(system, FLIPS["guarded"])
        found["own"] = own(system, running.url)
        found["log"] = "\n".join(running.log().splitlines()[-20000:])
    return found | {"opened": opened(another), "times": asyncio.run(refusal_times())}


def doors(system: System) -> dict[str, Any]:
    hooks = {
        f"{what} by {by}": f"http://{host}/x"
        for what, both in INNER.items()
        for by, host in zip(("address", "name"), both, strict=True)
    }
    hooks |= {
        str(status): cases.redirecting("http://10.0.0.1/hook-reached", status)
        for status in cases.STATUSES
    }
    return {
        "cases": system.images(urls_of(("image", "name", "redirect"), "blocked", "arrives"))
        | system.posted(urls_of(("image",), "malformed"))
        | system.webhooks(
            urls_of(("webhook", "webhook by name"), "blocked", "malformed", "arrives")
        ),
        "single": system.images(single()),
        "hooks": system.webhooks(hooks),
    }


def own(system: System, url: str) -> dict[str, Any]:
    """Ourselves as an origin and as a receiver."""
    target = f"{url}/api/v1/health"
    wanted = {"direct": target, "redirect": cases.redirecting(target)}
    return {**system.images(wanted), "webhook": system.webhooks({"own": target})["own"]}


def own_names(port: int) -> dict[str, str]:
    """Ways to our own listener when it listens on every address."""
    hosts = ("127.0.0.1", "127.0.0.7", "localhost", "10.1.2.3", cases.PUBLIC, "good.example.com")
    wanted = {f"own {host}": f"http://{host}:{port}/api/v1/health" for host in hosts}
    wanted["own by redirect"] = cases.redirecting(f"http://{cases.PUBLIC}:{port}/api/v1/health")
    return wanted


def opened(database_url: str) -> dict[str, Any]:
    """With networks that the operator has opened, listening on every address.

    In a database of its own: webhooks that were refused before would be tried again.
    """
    rule = {"WIREPHOTO_ALLOW_NETWORKS": OPENED, "WIREPHOTO_HOST": "0.0.0.0"}
    with strict(database_url, **rule) as (running, system):
        wanted = {url: url for url in (*OPEN, *STILL_SHUT)}
        wanted |= own_names(int(running.url.rpartition(":")[2]))
        return {"rows": system.images(wanted), "log": running.log()}


def unguarded(database_url: str) -> dict[str, Any]:
    """The same doors with the guard taken out: what must be seen, so that the tests can fail."""
    with strict(database_url, PYTHONPATH=UNGUARDED, WIREPHOTO_FETCH_TIMEOUT="2") as (_, system):
        wanted = {case.tag: case.url for case in cases.all_cases() if case.connects}
        doors_of = {case.tag: case.door for case in cases.all_cases()}
        hooks = {tag: url for tag, url in wanted.items() if doors_of[tag].startswith("webhook")}
        system.webhooks(hooks)
        system.images({tag: url for tag, url in wanted.items() if tag not in hooks})
        return {"flips": flips(system, FLIPS["unguarded"]), "single": system.images(single())}


@contextlib.contextmanager
def strict(database_url: str, **given: str) -> Iterator[tuple[service.Service, System]]:
    """The service as it comes, but for a try or two less."""
    settings: dict[str, Any] = {
        "WIREPHOTO_ALLOW_NETWORKS": "",
        "WIREPHOTO_FETCH_TRIES": "1",
        "WIREPHOTO_PARK_MINUTES": "0",
        **given,
    }
    with service.serving(database_url, workers=2, **settings) as running:
        yield running, System(running, database_url)


async def refusal_times() -> dict[str, Any]:
    """Milliseconds until a session refuses: median and 99th of a hundred, in turns."""
    limits = session.Limits(names_kept=0)
    client = session.Session(addresses.Rule(), user_agent="guard", limits=limits)
    hosts = {
        f"{what} by {by}": host
        for what, both in INNER.items()
        for by, host in zip(("address", "name"), both, strict=True)
    }
    times: dict[str, list[float]] = {name: [] for name in hosts}
    for _ in range(MEASURED):
        for name, host in hosts.items():
            times[name].append(await _refusal(client, f"http://{host}/x.jpg"))
    await client.close()
    centiles = {name: statistics.quantiles(each, n=100) for name, each in times.items()}
    return {name: [round(each[49], 2), round(each[98], 2)] for name, each in centiles.items()}


async def _refusal(client: session.Session, url: str) -> float:
    begun = time.perf_counter()
    with contextlib.suppress(errors.BlockedAddress):
        async with client.get(urls.parse(url), {}, timeout=5):
            raise AssertionError("it must be refused")
    return (time.perf_counter() - begun) * 1000


def prepare(folder: pathlib.Path) -> tuple[listening.Seen, names.Zone]:
    """Routes, listeners, and a resolv.conf that this namespace alone sees."""
    listening.open_every_address()
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    seen, zone = listening.Seen(), names.Zone(cases.zone())
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def start() -> None:
        await names.serve(zone)
        await listening.listen(seen)
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(10)
    return seen, zone


def main(which: str, database_url: str, another: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        seen, zone = prepare(folder)
        held = listening.fill_up()
        packets = listening.Packets()
        if which == "guarded":
            found = guarded(database_url, another, folder)
        else:
            found = unguarded(database_url)
        for one in held:
            one.close()
        return found | {
            "packets": dict(packets.asked),
            "lost": packets.lost,
            "connections": dict(seen.connections),
            "paths": dict(seen.paths),
            "heads": [head for head in seen.heads if "/x" in head][:200],
            "asked": dict(zone.asked),
        }


if __name__ == "__main__":
    outcomes = main(*sys.argv[1:])
    json.dump(outcomes, sys.stdout)
