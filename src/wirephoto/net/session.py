"""The only place that opens outgoing connections.

Three checks stand on the way, each by the same rule: the URL before anything happens, every
answer of the name service, and the numeric address that a socket is about to connect to. The
last is the guard proper: aiohttp asks no resolver for literal addresses, and between an answer
and a connection a name may change.
"""

import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import yarl

from wirephoto import errors
from wirephoto.net import addresses, resolver, translation, urls
from wirephoto.net import lines as counting


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    connect_timeout: float = 10.0  # each address of a name has as long
    resolve_timeout: float = 10.0
    names_kept: int = 10  # seconds; every new connection is checked all the same
    # Less than most servers keep theirs: a race with their end is a try lost. 0: each connection
    # is closed after its one exchange.
    keepalive: float = 4.0
    header_line: int = 8190
    header_count: int = 128


DEFAULT_LIMITS = Limits()


class Session:
    """Connections, pooled, that the rule allows; create it inside a running loop, close it.

    No redirects, cookies, proxies, .netrc or decompression: an answer is what the origin sent.
    TLS is always verified, by the system's authorities (``SSL_CERT_FILE`` adds one's own).

    Args:
        rule: what may be connected to.
        user_agent: the header field; names us and how to reach the operator.
        connections: open at once; further requests wait, within their timeout.
        limits: times and sizes.
    """

    def __init__(
        self,
        rule: addresses.Rule,
        *,
        user_agent: str,
        connections: int = 100,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._rule = rule
        self._limits = limits
        self._resolver = resolver.Resolver(rule, timeout=limits.resolve_timeout)
        self._connector = self._new_connector(connections)
        self._client = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
            max_line_size=limits.header_line,
            max_field_size=limits.header_line,
            max_headers=limits.header_count,
        )
        # aiohttp would ask twice, by itself, what ended unanswered on a connection used before.
        # One try is one request: who counts them at the origin must find no more than we say.
        self._client._retry_connection = False  # noqa: SLF001

    def get(
        self,
        url: urls.Url,
        headers: Mapping[str, str],
        *,
        timeout: float,
        lines: counting.Lines | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """GET ``url``; the answer lives inside the ``async with``, its body is read there.

        Args:
            url: where to; a redirect is an answer like any other.
            headers: beside User-Agent and Accept-Encoding.
            timeout: seconds for all of it, the body included.
            lines: where connections to the origin are counted; one that is needed waits for room.

        Raises:
            errors.BlockedAddress: the rule refuses the URL or what its name resolves to.
            errors.Unreachable: no HTTP answer; for good where the name does not exist or the
                certificate is refused.
            errors.Timeout: head or body took too long.
            errors.Truncated: the body ended early.
        """
        return self._exchange("GET", url, headers, None, timeout, lines)

    def post(
        self, url: urls.Url, headers: Mapping[str, str], body: bytes, *, timeout: float
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """POST ``body``; as ``get`` otherwise. It is never sent twice by itself."""
        return self._exchange("POST", url, headers, body, timeout, None)

    def drop_idle(self, most: Mapping[str, int]) -> None:
        """Close connections that wait in the pool for their next use: up to so many, by origin."""
        self._connector.drop_idle(most)

    async def close(self) -> None:
        await self._client.close()
        await self._resolver.close()

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        url: urls.Url,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - aiohttp keeps it while the caller reads the body
        lines: counting.Lines | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        addresses.check_url(url, self._rule)
        with counting.along(lines):
            response = await self._open(method, url, headers, body, timeout)
        try:
            yield response
        except translation.READING as failure:
            raise translation.of_reading(failure) from None
        finally:
            # Gives a connection back when its body was read to the end, closes it otherwise.
            response.release()

    async def _open(
        self,
        method: str,
        url: urls.Url,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - as above
    ) -> aiohttp.ClientResponse:
        try:
            return await self._client.request(
                method,
                yarl.URL(url.text, encoded=True),  # as it is: signed URLs must not change
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=timeout, sock_connect=self._limits.connect_timeout
                ),
            )
        except translation.OPENING as failure:
            raise translation.of_opening(failure) from None

    def _new_connector(self, connections: int) -> "_Connector":
        keepalive = self._limits.keepalive
        return _Connector(
            limit=connections,
            resolver=self._resolver,
            socket_factory=self._checked_socket,
            ttl_dns_cache=self._limits.names_kept,
            force_close=not keepalive,
            keepalive_timeout=keepalive or None,
            ssl=ssl.create_default_context(),
        )

    def _checked_socket(self, address_info: Any) -> socket.socket:
        """A socket for an address that the rule allows; aiohttp connects it to just that one."""
        family, kind, protocol, _, address = address_info
        try:
            addresses.check_address(address[0], address[1], self._rule)
        except errors.BlockedAddress as refused:
            # Happy eyeballs loses anything that is no OSError; the table finds the cause again.
            raise ConnectionRefusedError from refused
        return counting.new_socket(family, kind, protocol)


class _Connector(aiohttp.TCPConnector):
    """aiohttp's pool, with a door to the two things that counting needs.

    Its way to a new connection, and those that wait for their next use: its documents name neither.
    """

    async def _create_connection(self, *arguments: Any, **named: Any) -> Any:
        async with counting.opening():
            return await super()._create_connection(*arguments, **named)

    def drop_idle(self, most: Mapping[str, int]) -> None:
        for key in list(self._conns):
            idle = self._conns[key]
            for _ in range(min(len(idle), most.get(_origin_of(key), 0))):
                protocol, _ = idle.popleft()  # the one that waits longest
                protocol.close()
            if not idle:
                del self._conns[key]


def _origin_of(key: Any) -> str:
    host = f"[{key.host}]" if ":" in key.host else key.host
    return f"{'https' if key.is_ssl else 'http'}://{host}:{key.port}"
