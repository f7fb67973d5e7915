"""The only place that opens outgoing connections.

Three checks stand on the way, each by the same rule: the URL before anything happens (here), every
answer of the name service, and the numeric address that a socket is about to connect to (both in
``connecting``).
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from types import TracebackType

from wirephoto.net import addresses, alarms, connecting, connection, fields, translation, urls
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
        self.alarms = alarms.Alarms()
        self._sites: dict[str, _Site] = {}
        self._open: set[connection.Connection] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False
        self.loop = asyncio.get_running_loop()  # asked for anew it is a system call each time

    def get(
        self,
        url: urls.Url,
        headers: Mapping[str, str],
        *,
        timeout: float | None,
        lines: counting.Lines | None = None,
    ) -> "Exchange":
        """GET ``url``; the answer lives inside the ``async with``, its body is read there.

        Args:
            url: where to; a redirect is an answer like any other.
            headers: beside User-Agent and Accept-Encoding.
            timeout: seconds for all of it, the body included; None: the caller sees to it.
            lines: where connections to the origin are counted; one that is needed waits for room.

        Raises:
            errors.BlockedAddress: the rule refuses the URL or what its name resolves to.
            errors.Unreachable: no HTTP answer; for good where the name does not exist or the
                certificate is refused.
            errors.Timeout: head or body took too long.
            errors.Truncated: the body ended early.
        """
        own = self._always + fields.header_fields(headers) if headers else self._always
        request = _request("GET", url, own, None)
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

    def site(self, url: urls.Url) -> "_Site":
        """What is kept of the origin of ``url``, which was judged when it was first asked for.

        Raises:
            errors.BlockedAddress: the rule refuses it.
        """
        found = self._sites.get(url.origin)
        if found is None:
            addresses.check_url(url, self.rule)  # scheme, host and port: the same for all of it
            found = self._sites[url.origin] = _Site()
            if self._sweeping is None:
                self._sweeping = self.loop.call_later(_SWEEP_SECONDS, self._sweep)
        return found

    async def take(
        self, url: urls.Url, lines: counting.Lines | None, *, may_reuse: bool
    ) -> connection.Connection:
        """A connection to the origin of ``url`` that nobody else uses, one that waits if may be."""
        while True:
            if may_reuse and (kept := self.site(url).kept()) is not None:
                return kept
            lines = lines or counting.Lines(connecting.ANSWERS)
            if lines.take():
                break
            await lines.turn()
        made = await self._connector.connect(url, lines)
        self._open.add(made)
        made.when_closed(self._open.discard)
        return made

    def give_back(
        self, url: urls.Url, lines: counting.Lines | None, used: connection.Connection
    ) -> None:
        """Keep a connection for its next use, at once by who waits for one; or close it."""
        if self._closed or not self.keepalive or not used.may_be_used_again:
            used.abort()
            used.rest()
            return
        used.rest()
        self.site(url).idle.append((self.loop.time(), used))
        if lines is not None:
            lines.kept()

    def drop_idle(self, most: Mapping[str, int]) -> None:
        """Close connections that wait for their next use: up to so many, by origin."""
        for origin, count in most.items():
            if origin in self._sites:
                self._sites[origin].drop(count)

    def _sweep(self) -> None:
        for origin, site in list(self._sites.items()):
            site.sweep(self.loop.time() - self.keepalive)
            if not site.idle:
                del self._sites[origin]
        self._sweeping = self.loop.call_later(_SWEEP_SECONDS, self._sweep) if self._sites else None


class _Site:
    """An origin that may be asked: its connections that wait for their next use, by when."""

    __slots__ = ("idle",)

    def __init__(self) -> None:
        self.idle: deque[tuple[float, connection.Connection]] = deque()

    def kept(self) -> connection.Connection | None:
        while self.idle:
            _, kept = self.idle.pop()  # the one used last: the others may end
            if kept.is_open:
                return kept
        return None

    def drop(self, count: int) -> None:
        for _ in range(min(len(self.idle), count)):
            self.idle.popleft()[1].abort()  # the one that waits longest

    def sweep(self, until: float) -> None:
        while self.idle and (self.idle[0][0] < until or not self.idle[0][1].is_open):
            self.idle.popleft()[1].abort()


class Exchange:
    """A request and its answer; made by ``Session``, used once, as ``async with``."""

    __slots__ = ("_connection", "_lines", "_may_reuse", "_request", "_session", "_time", "_url")

    def __init__(
        self,
        session: Session,
        url: urls.Url,
        request: bytes,
        timeout: float | None,
        lines: counting.Lines | None,
        *,
        may_reuse: bool,
    ) -> None:
        self._session = session
        self._url = url
        self._request = request
        self._lines = lines
        self._may_reuse = may_reuse
        self._time = None if timeout is None else alarms.Limit(session.alarms, timeout)
        self._connection: connection.Connection | None = None

    async def __aenter__(self) -> Answer:
        self._session.site(self._url)
        if self._time is not None:
            self._time.__enter__()
        try:
            await self._session.room.acquire()
            try:
                return await self._ask()
            except BaseException:
                self._session.room.release()
                raise
        except BaseException as failure:
            self._end(failure)
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
        self._end(raised)

    async def _ask(self) -> Answer:
        """Ask, once: who counts requests at the origin must find no more than we say we made."""
        used = await self._session.take(self._url, self._lines, may_reuse=self._may_reuse)
        self._connection = used
        loop = self._session.loop
        begun = loop.time()
        try:
            answer = await used.ask(self._request)
        except connection.Broken as failure:
            raise translation.of_asking(failure) from None
        except BaseException:
            used.abort()
            raise
        answer.waited = loop.time() - begun
        return answer

    def _end(self, raised: BaseException | None) -> None:
        """Stop the clock, and say in our words what ended the exchange."""
        try:
            if self._time is not None:
                self._time.__exit__(type(raised) if raised else None, raised, None)
        except TimeoutError:
            raise translation.of_time() from None
        if isinstance(raised, connection.Broken):
            raise translation.of_reading(raised) from None


def _request(method: str, url: urls.Url, own: str, body: bytes | None) -> bytes:
    site, _, path = url.text.partition("://")[2].partition("/")
    return fields.request(method, f"/{path}", site, own, body)
