"""The only place that opens outgoing connections.

Three checks stand on the way, each by the same rule: the URL before anything happens (here), every
answer of the name service, and the numeric address that a socket is about to connect to (both in
``connecting``).
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType

from wirephoto.net import addresses, connecting, connection, fields, translation, urls
from wirephoto.net import lines as counting

Answer = connection.Answer
Limits = connecting.Limits
DEFAULT_LIMITS = Limits()

_SWEEP_SECONDS = 1.0


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
        self.rule = rule
        self.keepalive = limits.keepalive
        self._connector = connecting.Connector(rule, limits)
        self._own = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"}
        self._always = fields.header_fields(self._own)
        self.room = asyncio.Semaphore(connections)
        self._idle: dict[str, deque[tuple[float, connection.Connection]]] = {}
        self._open: set[connection.Connection] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    def get(
        self,
        url: urls.Url,
        headers: Mapping[str, str],
        *,
        timeout: float,
        lines: counting.Lines | None = None,
    ) -> "Exchange":
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
        request = _request("GET", url, self._always + fields.header_fields(headers), None)
        return Exchange(self, url, request, timeout, lines, may_reuse=True)

    def post(
        self, url: urls.Url, headers: Mapping[str, str], body: bytes, *, timeout: float
    ) -> "Exchange":
        """POST ``body``; as ``get`` otherwise. A connection of its own: it is never sent twice.

        ``headers`` may take the place of those that are always sent.
        """
        given = {name.lower() for name in headers}
        own = {name: value for name, value in self._own.items() if name.lower() not in given}
        request = _request("POST", url, fields.header_fields(own | {**headers}), body)
        return Exchange(self, url, request, timeout, None, may_reuse=False)

    async def close(self) -> None:
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        ending = list(self._open)
        for one in ending:
            one.abort()
        await asyncio.gather(*(one.closed() for one in ending))
        await self._connector.close()

    async def take(
        self, url: urls.Url, lines: counting.Lines | None, *, may_reuse: bool
    ) -> connection.Connection:
        """A connection to the origin of ``url`` that nobody else uses, one that waits if may be."""
        lines = lines or counting.Lines(connecting.ANSWERS)
        while True:
            if may_reuse and (kept := self._kept(url.origin)) is not None:
                return kept
            if lines.take():
                break
            await lines.turn()
        made = await self._connector.connect(url, lines)
        self._open.add(made)
        made.when_closed(self._open.discard)
        return made

    def _kept(self, origin: str) -> connection.Connection | None:
        idle = self._idle.get(origin)
        while idle:
            _, kept = idle.pop()  # the one used last: the others may end
            if kept.is_open:
                return kept
        return None

    def give_back(
        self, url: urls.Url, lines: counting.Lines | None, used: connection.Connection
    ) -> None:
        """Keep a connection for its next use, at once by who waits for one; or close it."""
        if self._closed or not self.keepalive or not used.may_be_used_again:
            used.abort()
            used.rest()
            return
        used.rest()
        loop = asyncio.get_running_loop()
        self._idle.setdefault(url.origin, deque()).append((loop.time(), used))
        if lines is not None:
            lines.kept()
        if self._sweeping is None:
            self._sweeping = loop.call_later(_SWEEP_SECONDS, self._sweep)

    def drop_idle(self, most: Mapping[str, int]) -> None:
        """Close connections that wait for their next use: up to so many, by origin."""
        for origin, count in most.items():
            idle = self._idle.get(origin, deque())
            for _ in range(min(len(idle), count)):
                idle.popleft()[1].abort()  # the one that waits longest

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() - self.keepalive
        for origin, idle in list(self._idle.items()):
            while idle and (idle[0][0] < until or not idle[0][1].is_open):
                idle.popleft()[1].abort()
            if not idle:
                del self._idle[origin]
        self._sweeping = loop.call_later(_SWEEP_SECONDS, self._sweep) if self._idle else None


class Exchange:
    """A request and its answer; made by ``Session``, used once, as ``async with``."""

    __slots__ = ("_connection", "_lines", "_may_reuse", "_request", "_session", "_time", "_url")

    def __init__(
        self,
        session: Session,
        url: urls.Url,
        request: bytes,
        timeout: float,
        lines: counting.Lines | None,
        *,
        may_reuse: bool,
    ) -> None:
        self._session = session
        self._url = url
        self._request = request
        self._lines = lines
        self._may_reuse = may_reuse
        self._time = asyncio.timeout(timeout)
        self._connection: connection.Connection | None = None

    async def __aenter__(self) -> Answer:
        addresses.check_url(self._url, self._session.rule)
        await self._time.__aenter__()
        try:
            await self._session.room.acquire()
            try:
                return await self._ask()
            except BaseException:
                self._session.room.release()
                raise
        except BaseException as failure:
            await self._end(failure)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._connection is not None
        self._session.give_back(self._url, self._lines, self._connection)
        self._session.room.release()
        await self._end(raised)

    async def _ask(self) -> Answer:
        """Ask, once: who counts requests at the origin must find no more than we say we made."""
        used = await self._session.take(self._url, self._lines, may_reuse=self._may_reuse)
        self._connection = used
        try:
            return await used.ask(self._request)
        except connection.Broken as failure:
            raise translation.of_asking(failure) from None
        except BaseException:
            used.abort()
            raise

    async def _end(self, raised: BaseException | None) -> None:
        """Stop the clock, and say in our words what ended the exchange."""
        try:
            await self._time.__aexit__(type(raised) if raised else None, raised, None)
        except TimeoutError:
            raise translation.of_time() from None
        if isinstance(raised, connection.Broken):
            raise translation.of_reading(raised) from None


def _request(method: str, url: urls.Url, own: str, body: bytes | None) -> bytes:
    site, _, path = url.text.partition("://")[2].partition("/")
    return fields.request(method, f"/{path}", site, own, body)
