"""A name server of our own, over UDP and TCP: some names flip, lead on, fail or keep silent."""

import asyncio
import collections
import ipaddress
import struct
from collections.abc import Mapping
from typing import cast

import dnslib

UDP_BYTES = 512
Answer = list[tuple[str, str]]  # pairs of record type and data, in the order of the answer

SPECIAL: dict[str, Answer] = {
    "good.example.com": [("A", "93.184.216.34")],
    "both.example.com": [("A", "93.184.216.34"), ("AAAA", "2606:4700::1")],
    "inner.example.com": [("A", "10.0.0.1")],
    "closed.example.com": [("A", "10.0.0.1")],
    "filtered.example.com": [("A", "10.0.0.9")],
    "mixed.example.com": [("A", "93.184.216.34"), ("A", "10.0.0.1")],
    "mixed-first.example.com": [("A", "10.0.0.1"), ("A", "93.184.216.34")],
    "public-and-private6.example.com": [("A", "93.184.216.34"), ("AAAA", "fd00::1")],
    "private-and-public6.example.com": [("A", "10.0.0.1"), ("AAAA", "2606:4700::1")],
    "public-and-loopback6.example.com": [("A", "93.184.216.34"), ("AAAA", "::1")],
    "chain.example.com": [
        ("CNAME", "chain1.example.com"),
        ("CNAME", "chain2.example.net"),
        ("CNAME", "chain3.example.org"),
        ("CNAME", "inner.example.com"),
        ("A", "10.0.0.1"),
    ],
    "chain-to-localhost.example.com": [("CNAME", "localhost"), ("A", "127.0.0.1")],
    "chain-to-metadata.example.com": [
        ("CNAME", "metadata.google.internal"),
        ("A", "169.254.169.254"),
    ],
    "many.example.com": [("A", f"93.184.216.{n}") for n in range(34, 234)],
    "many-and-one.example.com": [
        *(("A", f"93.184.216.{n}") for n in range(34, 234)),
        ("A", "10.0.0.1"),
    ],
    "empty.example.com": [],
}
FLIPS = (("A", "93.184.216.34"), ("A", "127.0.0.1"))
FAILING = {"servfail": "SERVFAIL", "refused": "REFUSED", "nowhere": "NXDOMAIN"}


class Zone:
    """What is answered. Names below ``flip.example.com`` answer public and loopback in turns.

    The turns are counted over all of them: a name that is asked once may get either.
    """

    def __init__(self, more: Mapping[str, str]) -> None:
        self.asked: collections.Counter[str] = collections.Counter()
        self._records = {
            name: [("AAAA" if ":" in address else "A", address)] for name, address in more.items()
        } | SPECIAL

    def reply(self, data: bytes) -> bytes | None:
        """The answer to a query; None: silence."""
        query = dnslib.DNSRecord.parse(data)
        name = str(query.q.qname).rstrip(".").lower()
        kind = dnslib.QTYPE[query.q.qtype]
        self.asked[f"{kind} {name}"] += 1
        reply = query.reply()
        first = name.partition(".")[0]
        if first == "silent":
            return None
        if first in FAILING:
            reply.header.rcode = getattr(dnslib.RCODE, FAILING[first])
        elif (answer := self._answer(name, kind)) is None:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        else:
            _add(reply, name, kind, answer)
        return bytes(reply.pack())

    def _answer(self, name: str, kind: str) -> Answer | None:
        if name.endswith("flip.example.com"):
            if kind != "A":
                return []
            turn = self.asked["flips"]
            self.asked["flips"] += 1
            return [FLIPS[turn % 2]]
        return self._records.get(name)


def _add(reply: dnslib.DNSRecord, name: str, kind: str, answer: Answer) -> None:
    owner = name
    for record, data in answer:
        if record not in {kind, "CNAME"}:
            continue
        reply.add_answer(
            dnslib.RR(owner, getattr(dnslib.QTYPE, record), ttl=0, rdata=_data(record, data))
        )
        if record == "CNAME":
            owner = data


def _data(record: str, data: str) -> dnslib.RD:
    match record:
        case "A":
            return dnslib.A(data)
        case "AAAA":
            return dnslib.AAAA(ipaddress.ip_address(data).exploded)  # it reads hexadecimal alone
    return dnslib.CNAME(data)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._zone.reply(data)
        if reply is not None:
            self._transport.sendto(reply if len(reply) <= UDP_BYTES else _cut(data), addr)


def _cut(data: bytes) -> bytes:
    reply = dnslib.DNSRecord.parse(data).reply()
    reply.header.tc = 1
    return bytes(reply.pack())


async def serve(zone: Zone) -> None:
    """Answer on port 53 of loopback, for as long as the loop runs."""

    async def over_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
                reply = zone.reply(await reader.readexactly(size)) or b""
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Udp(zone), local_addr=("127.0.0.1", 53))
    await asyncio.start_server(over_tcp, "127.0.0.1", 53)
