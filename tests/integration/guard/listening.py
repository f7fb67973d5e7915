"""Listeners on every address there is, and a count of every packet that asks for a connection.

In a namespace where every address is local (``open_every_address``), whatever a guard lets
through ends here: at a listener, which notes it, or at a shut port, where the packet is seen.
"""

import asyncio
import collections
import contextlib
import socket
import struct
import subprocess
import threading

from tests.origins import pictures

PORTS = (22, 25, 80, 443, 3128, 5432, 6379, 8080, 8090, 9200, 11211)
CLOSED_PORT = 8081
FAILING_PORT = 8090  # answers 500 where the others give a picture
FILTERED = ("10.0.0.9", 8082)
CLIENT = "127.0.0.2"  # what the tests' own requests come from
PROXY_PORT = 3128
PUBLIC = "93.184.216.34"

_ETH_P_ALL = 3
_PACKET_OUTGOING = 4
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_SO_RCVBUFFORCE = 33
_SVG = f"""<?xml version="1.0"?><?xml-stylesheet href="http://{PUBLIC}/svg-reached"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xi="http://www.w3.org/2001/XInclude" width="8" height="6">
<style>@import url(http://{PUBLIC}/svg-reached); rect {{fill: url(http://10.0.0.1/svg-reached)}}</style>
<image width="8" height="6" xlink:href="http://10.0.0.1/svg-reached"/>
<use href="http://{PUBLIC}/svg-reached#a"/><xi:include href="http://10.0.0.1/svg-reached"/>
<rect width="8" height="6"/></svg>"""


def open_every_address() -> None:
    """Make every address of both families lead to this namespace's own loopback, and nowhere."""
    for command in (
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
    ):
        subprocess.run(command.split(), check=True)


class Seen:
    """What arrived: ``requests`` by address, port and path; ``heads`` of requests as they came."""

    def __init__(self) -> None:
        self.connections: collections.Counter[str] = collections.Counter()
        self.paths: collections.Counter[str] = collections.Counter()
        self.heads: list[str] = []


async def listen(seen: Seen) -> None:
    """Serve on all addresses, and let one port fill up so that it answers nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("sockname")[:2]
        seen.connections[f"{host} {port}"] += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            seen.heads.append(head)
            path = head.split(" ")[1]
            seen.paths[path.rpartition("/")[2].partition(".")[0]] += 1
            writer.write(_answer(path, port))
            await writer.drain()
        writer.close()

    for port in PORTS:
        for host in ("0.0.0.0", "::"):
            await asyncio.start_server(serve, host, port, backlog=1024)


def fill_up() -> list[socket.socket]:
    """A port as behind a filter: what asks there gets no answer. Keep what is returned."""
    listener = socket.socket()
    listener.bind(FILTERED)
    listener.listen(0)
    held = [listener]
    for _ in range(4):
        waiting = socket.socket()
        waiting.bind((CLIENT, 0))
        waiting.setblocking(False)
        waiting.connect_ex(FILTERED)
        held.append(waiting)
    return held


def _answer(path: str, port: int) -> bytes:
    status, headers, body = "200 OK", "", pictures.jpeg(len(path), 600)
    if path.startswith("/to/"):
        _, _, number, target = path.split("/", 3)
        status = f"{number} Moved"
        headers = f"Location: {bytes.fromhex(target).decode()}\r\n"
    elif path.startswith("/refresh"):
        headers = "Refresh: 0; url=http://10.0.0.1/refresh-reached\r\n"
    elif path.startswith("/choices"):
        status, headers = "300 Choices", "Location: http://10.0.0.1/choices-reached\r\n"
    elif path.startswith("/svg"):
        body = _SVG.encode()
    if port == FAILING_PORT:
        status, body = "500 Inner Words", b"inner secret"
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


class Packets:
    """Counts the TCP packets that ask for a connection (SYN), by address and port asked."""

    def __init__(self) -> None:
        self.asked: collections.Counter[str] = collections.Counter()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def lost(self) -> int:
        """Packets that came too fast to be looked at."""
        found = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        return int(struct.unpack("=II", found)[1])

    def _run(self) -> None:
        while True:
            data, (_, protocol, kind, *_) = self._socket.recvfrom(256)
            if kind == _PACKET_OUTGOING:
                self._look(protocol, data[14:])

    def _look(self, protocol: int, data: bytes) -> None:
        if protocol == 0x0800 and data[9] == socket.IPPROTO_TCP:
            family, source, target = socket.AF_INET, data[12:16], data[16:20]
            segment = data[(data[0] & 15) * 4 :]
        elif protocol == 0x86DD and data[6] == socket.IPPROTO_TCP:
            family, source, target, segment = socket.AF_INET6, data[8:24], data[24:40], data[40:]
        else:
            return
        asks = segment[13] & 0x12 == 0x02  # SYN without ACK
        if asks and socket.inet_ntop(family, source) != CLIENT:
            port = int.from_bytes(segment[2:4], "big")
            self.asked[f"{socket.inet_ntop(family, target)} {port}"] += 1
