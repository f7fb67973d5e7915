"""A program, not a test: tries the guard in a network that has no way out, and counts.

Runs in network and mount namespaces of its own (``unshare --net --mount``), with inner and
public addresses on its loopback, listeners on all of them, and a name server of its own. Prints
one JSON object: for every case the outcome, and the connections that came in while it ran.

Usage: inner_network.py FOLDER
"""

import asyncio
import collections
import contextlib
import dataclasses
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

import dnslib

from wirephoto import errors
from wirephoto.net import addresses, session, urls

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700::1"
INNER = ("10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "168.63.129.16")
INNER_6 = ("fd00::1", "fd00:ec2::254", "2002:a00:1::1", "64:ff9b::a00:1")
NAT64 = ("64:ff9b::93.184.216.34", "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1")
ISATAP = "2606:4700::5efe:a00:1"
ON_LOOPBACK = (PUBLIC, PUBLIC_6, *INNER, *INNER_6, *NAT64, ISATAP)
PORTS = (22, 80, 3128, 6379, 8080)
RULE = addresses.Rule()

ZONE: dict[str, tuple[str, ...]] = {
    "good.example.com": (PUBLIC,),
    "both.example.com": (PUBLIC, PUBLIC_6),
    "loopback.example.com": ("127.0.0.1",),
    "zero.example.com": ("0.0.0.0",),
    "private.example.com": ("10.0.0.1",),
    "metadata.example.com": ("169.254.169.254",),
    "azure.example.com": ("168.63.129.16",),
    "ula.example.com": ("fd00::1",),
    "mapped.example.com": ("::ffff:a00:1",),
    "sixtofour.example.com": ("2002:a00:1::1",),
    "isatap.example.com": (ISATAP,),
    "mixed.example.com": (PUBLIC, "10.0.0.1"),
    "mixed-first.example.com": ("10.0.0.1", PUBLIC),
    "mixed-6.example.com": (PUBLIC, "fd00::1"),
    "mixed-4.example.com": (PUBLIC_6, "10.0.0.1"),
    "many.example.com": tuple(f"93.184.216.{n}" for n in range(100, 120)),
    "many-and-one.example.com": (*(f"93.184.216.{n}" for n in range(100, 120)), "10.0.0.1"),
    "empty.example.com": (),
    "search.inner.example": ("10.0.0.1",),
    "database": ("10.0.0.1",),
    "leaky": (PUBLIC,),
}


class NameServer(asyncio.DatagramProtocol):
    """Answers from ``ZONE``; some names fail, lead on, keep silent or flip."""

    def __init__(self) -> None:
        self.asked: collections.Counter[str] = collections.Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dnslib.DNSRecord.parse(data)
        name = str(query.q.qname).rstrip(".").lower()
        self.asked[f"{dnslib.QTYPE[query.q.qtype]} {name}"] += 1
        reply = query.reply()
        if name.startswith("silent."):
            return
        if name.startswith("servfail."):
            reply.header.rcode = dnslib.RCODE.SERVFAIL
        elif name.startswith("alias."):
            target = "private.example.com"
            reply.add_answer(*dnslib.RR.fromZone(f"{name}. 0 CNAME {target}."))
            self._answer(reply, query.q.qtype, target, ZONE[target])
        elif name.startswith("flip."):
            turn = self.asked[f"A {name}"] % 2
            self._answer(reply, query.q.qtype, name, (PUBLIC if turn else "127.0.0.1",))
        elif name.endswith(".turned.example.com"):
            first = self.asked[f"{dnslib.QTYPE[query.q.qtype]} {name}"] == 1
            self._answer(reply, query.q.qtype, name, (PUBLIC if first else "127.0.0.1",))
        elif name in ZONE:
            self._answer(reply, query.q.qtype, name, ZONE[name])
        else:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        self.transport.sendto(reply.pack(), addr)

    def _answer(
        self, reply: dnslib.DNSRecord, kind: int, name: str, found: tuple[str, ...]
    ) -> None:
        for address in found:
            record = "AAAA" if ":" in address else "A"
            if dnslib.QTYPE[kind] == record:
                reply.add_answer(*dnslib.RR.fromZone(f"{name}. 0 {record} {address}"))


class Listeners:
    """Count every connection by the address and port it came in at."""

    def __init__(self) -> None:
        self.counted: collections.Counter[str] = collections.Counter()
        self.heads: list[str] = []

    async def start(self) -> None:
        for port in PORTS:
            for host in ("0.0.0.0", "::"):
                await asyncio.start_server(self._serve, host, port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("sockname")[:2]
        self.counted[f"{host} {port}"] += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                writer.write(_answer(head))
                await writer.drain()
                if "/keep" not in head:
                    break
        writer.close()


def _answer(head: str) -> bytes:
    status = "200 OK"
    if "/redirect" in head:
        status = "302 Found\r\nLocation: http://10.0.0.1/"
    elif "/retry" in head:
        status = "503 Service Unavailable"
    kept = "keep-alive" if "/keep" in head else "close"
    return (
        f"HTTP/1.1 {status}\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nConnection: {kept}\r\n\r\nok"
    ).encode()


Outcome = dict[str, Any]


class Trial:
    """Runs cases and notes what each did and which listeners it reached."""

    def __init__(self, listeners: Listeners, names: NameServer) -> None:
        self.listeners = listeners
        self.names = names
        self.outcomes: dict[str, Outcome] = {}

    async def case(self, name: str, action: Callable[[], Awaitable[str]]) -> None:
        self.listeners.counted.clear()
        try:
            outcome: Outcome = {"answer": await action()}
        except errors.PictureError as failure:
            outcome = {"code": failure.code, "reason": failure.reason}
            outcome["transient"] = failure.transient
        outcome["connections"] = dict(self.listeners.counted)
        self.outcomes[name] = outcome

    async def fetch(self, text: str, rule: addresses.Rule = RULE) -> None:
        """A case named after its URL (and the networks allowed), in a session of its own."""
        allowed = "".join(f" +{network}" for network in rule.allow_networks)

        async def action() -> str:
            async with opened(rule) as client:
                return await get(client, text)

        await self.case(text + allowed, action)


@contextlib.asynccontextmanager
async def opened(rule: addresses.Rule = RULE, **limits: Any) -> Any:
    limited = dataclasses.replace(session.DEFAULT_LIMITS, **limits)
    client = session.Session(rule, user_agent="guard-trial", limits=limited)
    try:
        yield client
    finally:
        await client.close()


async def get(client: session.Session, text: str) -> str:
    async with client.get(urls.parse(text), {}, timeout=20) as response:
        return f"{response.status} {(await response.read()).decode()}"


def allowing(*networks: str) -> addresses.Rule:
    return addresses.Rule(tuple(ipaddress.ip_network(each) for each in networks))


async def literals_and_names(trial: Trial) -> None:
    for host in (PUBLIC, "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "169.254.169.254"):
        await trial.fetch(f"http://{host}/")
    for host in ("192.168.1.1", "100.64.0.1", "168.63.129.16", "127\u30020\u30020\u30021"):
        await trial.fetch(f"http://{host}/")
    for host in (PUBLIC_6, "::1", "::", "fd00::1", "fd00:ec2::254", "::ffff:10.0.0.1"):
        await trial.fetch(f"http://[{host}]/")
    for host in ("::ffff:127.0.0.1", "::10.0.0.1", "2002:a00:1::1", "64:ff9b::10.0.0.1"):
        await trial.fetch(f"http://[{host}]/")
    await trial.fetch("http://[2606:4700::5efe:10.0.0.1]/")
    for name in (*ZONE, "localhost", "a.localhost", "alias.example.com", "search"):
        await trial.fetch(f"http://{name}/")
    for name in ("nowhere.example.com", "servfail.example.com", "silent.example.com"):
        await trial.fetch(f"http://{name}/")
    for port in PORTS:
        await trial.fetch(f"http://{PUBLIC}:{port}/port")
        await trial.fetch(f"http://good.example.com:{port}/port")
    await trial.fetch(f"http://{PUBLIC}/redirect")


async def allowed_networks(trial: Trial) -> None:
    await trial.fetch("http://10.0.0.1:6379/", allowing("10.0.0.0/24"))
    await trial.fetch("http://private.example.com:22/", allowing("10.0.0.0/24"))
    await trial.fetch("http://mixed.example.com/", allowing("10.0.0.0/24"))
    await trial.fetch("http://mixed.example.com:22/", allowing("10.0.0.0/24"))
    await trial.fetch("http://good.example.com:22/", allowing("10.0.0.0/24"))
    await trial.fetch("http://database:6379/", allowing("10.0.0.0/24"))
    await trial.fetch("http://leaky/", allowing("10.0.0.0/24"))
    await trial.fetch("http://192.168.1.1/", allowing("10.0.0.0/24"))
    await trial.fetch("http://[::ffff:10.0.0.1]/", allowing("10.0.0.0/24"))
    await trial.fetch("http://localhost/", allowing("10.0.0.0/24"))
    await trial.fetch("http://localhost:8080/", allowing("127.0.0.0/8"))
    await trial.fetch("http://localhost:8080/", allowing("::1/128"))
    await trial.fetch("http://a.localhost/", allowing("127.0.0.0/8"))
    for text in ("http://metadata.example.com/", "http://169.254.169.254/"):
        await trial.fetch(text, allowing("0.0.0.0/0", "::/0"))
        await trial.fetch(text, allowing("169.254.169.254/32"))


FLIPS = 1000


async def rebinding(trial: Trial) -> None:
    """The name answers public and loopback in turns, each answer for one connection."""
    seen: collections.Counter[str] = collections.Counter()

    async def action() -> str:
        async with opened(names_kept=0) as client:
            for _ in range(FLIPS):
                try:
                    seen[await get(client, "http://flip.example.com/")] += 1
                except errors.BlockedAddress:
                    seen["blocked"] += 1
        return json.dumps({**seen, "asked": trial.names.asked["A flip.example.com"]})

    await trial.case("rebinding", action)


async def rebinding_between(trial: Trial) -> None:
    """A name that was public when it was first asked for, and never again."""

    async def kept_alive() -> str:
        async with opened(names_kept=0) as client:
            got = [await get(client, "http://kept.turned.example.com/keep") for _ in range(3)]
            first = "|".join(got)
            client.drop_idle({"http://kept.turned.example.com:80": 9})  # as an origin does, or time
        async with opened(names_kept=0) as client:
            return first + await refused(client, "http://kept.turned.example.com/keep")

    async def retried(path: str) -> str:
        async with opened(names_kept=0) as client:
            name = f"http://{path}.turned.example.com/{path}"
            return f"{await get(client, name)}|{await refused(client, name)}"

    await trial.case("turned: kept alive", kept_alive)
    await trial.case("turned: retry", lambda: retried("retry"))
    await trial.case("turned: hop", lambda: retried("redirect"))


async def refused(client: session.Session, text: str) -> str:
    try:
        return await get(client, text)
    except errors.BlockedAddress as blocked:
        return blocked.code


async def nat64(trial: Trial) -> None:
    prefix = ipaddress.IPv6Network("64:ff9b::/96")
    for inner in (PUBLIC, "10.0.0.1", "169.254.169.254", "127.0.0.1"):
        text = f"http://[64:ff9b::{inner}]/"

        async def action(text: str = text) -> str:
            async with opened(addresses.Rule(nat64_prefix=prefix)) as client:
                return await get(client, text)

        await trial.case(f"nat64: {inner}", action)


async def resolver_that_lies(trial: Trial) -> None:
    """The last guard alone: what the resolver would have refused reaches the connector."""
    for name, found in {
        "lie: inner": ["10.0.0.1"],
        "lie: inner twice": ["10.0.0.1", "fd00::1"],
        "lie: inner and public": ["10.0.0.1", PUBLIC],
        "lie: public and inner": [PUBLIC, "10.0.0.1"],
        "lie: closed and inner": ["93.184.216.99", "10.0.0.1"],
    }.items():

        async def action(found: list[str] = found) -> str:
            async def lie(_: urls.Url) -> list[str]:
                return found

            async with opened() as client:
                client._connector._addresses = lie
                return await get(client, "http://good.example.com/")

        await trial.case(name, action)


async def proxies_and_netrc(trial: Trial, folder: pathlib.Path) -> None:
    netrc = folder / "netrc"
    netrc.write_text("machine good.example.com login user password secret\n")
    netrc.chmod(0o600)
    os.environ["NETRC"] = str(netrc)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ[name] = f"http://{PUBLIC}:3128"

    async def action() -> str:
        trial.listeners.heads.clear()
        async with opened() as client:
            await get(client, "http://good.example.com/1")
            await get(client, "http://good.example.com/2")
        return "\n".join(trial.listeners.heads)

    await trial.case("proxy and netrc", action)


async def cap_of_answers(trial: Trial) -> None:
    async def action() -> str:
        async with opened() as client:
            many = urls.parse("http://many.example.com/")
            return str(len(await client._connector._addresses(many)))

    await trial.case("cap of answers", action)


def prepare(folder: pathlib.Path) -> None:
    """Addresses on our own loopback, and a resolv.conf that this namespace alone sees."""
    run = (
        ["ip", "link", "set", "lo", "up"],
        *(["ip", "address", "add", each, "dev", "lo"] for each in ON_LOOPBACK),
    )
    for command in run:
        subprocess.run(command, check=True)
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\nsearch inner.example\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Standard output is for the one JSON object."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


async def main(folder: pathlib.Path) -> dict[str, Outcome]:
    names, listeners = NameServer(), Listeners()
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: names, local_addr=("127.0.0.1", 53))
    await listeners.start()
    trial = Trial(listeners, names)
    await literals_and_names(trial)
    await allowed_networks(trial)
    await rebinding(trial)
    await rebinding_between(trial)
    await nat64(trial)
    await resolver_that_lies(trial)
    await cap_of_answers(trial)
    await proxies_and_netrc(trial, folder)
    return trial.outcomes


if __name__ == "__main__":
    with silenced():
        prepare(pathlib.Path(sys.argv[1]))
        outcomes = asyncio.run(main(pathlib.Path(sys.argv[1])))
    json.dump(outcomes, sys.stdout)
