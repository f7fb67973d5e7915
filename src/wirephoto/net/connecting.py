"""How a connection comes about: a name's addresses, each judged; one socket; TLS on it.

Two of the guard's three checks stand here: on every answer of the name service, and on the numeric
address that a socket is about to connect to. The last is the guard proper: between an answer and a
connection a name may change.
"""

import asyncio
import copy
import itertools
import socket
import ssl
from dataclasses import dataclass

from wirephoto import errors
from wirephoto.net import addresses, connection, machine, names, resolver, translation, urls
from wirephoto.net import lines as counting

ANSWERS = 8  # of a name, tried at most; all of them are judged
# That each address of several has, round by round. RFC 8305 ("happy eyeballs") begins with 0.25 s
# as well, and goes on beside the next: that would be a second connection to the origin.
_ADDRESS_SECONDS = (0.25, 1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    connect_timeout: float = 10.0  # all addresses of a name together
    resolve_timeout: float = 10.0
    names_kept: float = 10.0  # every new connection is checked all the same
    # Of a connection that waits for its next use: less than servers keep theirs, since a race with
    # their end costs a connection. 0: each is closed after its one exchange.
    keepalive: float = 4.0
    header_line: int = 32_768  # security policies of 10 KB and more are sent with pictures, too
    header_count: int = 256


class Connector:
    """Opens connections that the rule allows; create it inside a running loop."""

    def __init__(self, rule: addresses.Rule, limits: Limits) -> None:
        self._rule = rule
        self._limits = limits
        self._resolver = resolver.Resolver(rule, timeout=limits.resolve_timeout)
        self._tls = ssl.create_default_context()
        self._tls.set_alpn_protocols(["http/1.1"])  # some servers choose HTTP/2 for who is silent
        self._names = names.Names(limits.names_kept, asyncio.get_running_loop().time)
        self._asking: dict[str, asyncio.Task[list[str]]] = {}
        self._buffer = memoryview(bytearray(connection.READ_BYTES))

    async def connect(self, url: urls.Url, lines: counting.Lines) -> connection.Connection:
        """A connection to the origin of ``url``, which the caller has judged.

        The caller has counted it among ``lines``, where it stays until it is closed.

        Raises:
            errors.BlockedAddress: the rule refuses what its name resolves to.
            errors.Unreachable: for good where the name does not exist or the certificate is
                refused.
        """
        try:
            found = [url.host] if addresses.is_literal(url.host) else await self._addresses(url)
            made = await self._open(url, found)
        except BaseException:
            lines.closed()
            raise
        made.when_closed(lambda _: lines.closed())
        return made

    async def _open(self, url: urls.Url, found: list[str]) -> connection.Connection:
        try:
            async with asyncio.timeout(self._limits.connect_timeout):
                return await self._encrypted(url, await self._socket(found, url.port))
        except translation.OPENING as failure:
            raise translation.of_opening(failure) from None

    async def close(self) -> None:
        for task in self._asking.values():
            task.cancel()
        await self._resolver.close()

    async def _addresses(self, url: urls.Url) -> list[str]:
        found = self._names.get(url.host)
        if found is None:
            found = await self._ask(url.host)
            self._names.keep(url.host, found)
        addresses.check_answers(url.host, found, url.port, self._rule)
        return found[:ANSWERS]

    async def _ask(self, host: str) -> list[str]:
        """Ask once for all who want to know the same name now."""
        task = self._asking.get(host)
        if task is None:
            task = asyncio.create_task(self._resolver.resolve(host))
            self._asking[host] = task
            task.add_done_callback(lambda asked: self._asked(host, asked))
        try:
            return await asyncio.shield(task)
        except errors.PictureError as failure:
            raise copy.copy(failure) from None  # whoever gets one adds to it

    def _asked(self, host: str, task: asyncio.Task[list[str]]) -> None:
        self._asking.pop(host, None)
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits for it any more

    async def _socket(self, found: list[str], port: int) -> socket.socket:
        """To the first address that is there, one at a time: one try holds one place.

        Families in turns (RFC 8305, 4); what was too slow is tried again for longer.
        """
        left = _interleaved(found)
        failure: Exception = OSError("no address")
        for seconds in (*_ADDRESS_SECONDS, None):
            for address in left.copy():
                try:
                    async with asyncio.timeout(seconds if len(left) > 1 else None):
                        return await self._socket_to(address, port)
                except TimeoutError as slow:
                    failure = _weightier(slow, failure)
                except (errors.BlockedAddress, *translation.OPENING) as refused:
                    left.remove(address)
                    failure = _weightier(refused, failure)
        raise failure

    async def _socket_to(self, address: str, port: int) -> socket.socket:
        self._check(address, port)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            made.setblocking(False)
            await asyncio.get_running_loop().sock_connect(made, (address, port))
        except BaseException:
            made.close()
            raise
        return made

    def _check(self, address: str, port: int) -> None:
        addresses.check_address(address, port, self._rule)
        if addresses.is_own_on_any_address(port, self._rule) and machine.has(address):
            raise errors.BlockedAddress(addresses.REASON)

    async def _encrypted(self, url: urls.Url, plain: socket.socket) -> connection.Connection:
        secure = url.scheme == "https"
        try:
            _, made = await asyncio.get_running_loop().create_connection(
                self._protocol,
                sock=plain,
                ssl=self._tls if secure else None,
                server_hostname=url.host if secure else None,
            )
        except BaseException:
            plain.close()
            raise
        return made

    def _protocol(self) -> connection.Connection:
        return connection.Connection(
            self._buffer,
            line_bytes=self._limits.header_line,
            header_count=self._limits.header_count,
        )


def _weightier(failure: Exception, before: Exception) -> Exception:
    """A refusal of ours is told before all others."""
    return before if isinstance(before, errors.BlockedAddress) else failure


def _interleaved(found: list[str]) -> list[str]:
    """The families in turns, each in its order, beginning with that of the first."""
    first = [one for one in found if (":" in one) == (":" in found[0])]
    other = [one for one in found if (":" in one) != (":" in found[0])]
    pairs = itertools.zip_longest(first, other)
    return [one for pair in pairs for one in pair if one is not None]
