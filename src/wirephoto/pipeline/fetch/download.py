"""One try at one URL: the guarded GET, its redirects, and the body under every limit.

Redirects are followed here, hop by hop, so that each one passes the address guard and all share
one clock. Only 200 brings a picture. What came is counted as it comes, decoded bytes included.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from wirephoto import errors, model
from wirephoto.net import lines as counting
from wirephoto.net import session as sessions
from wirephoto.net import urls
from wirephoto.pipeline.fetch import answer, encoding
from wirephoto.pipeline.fetch.deadline import Deadline
from wirephoto.pipeline.fetch.spool import Spool

MAX_REDIRECTS = 5

Way = Callable[[urls.Url], AbstractAsyncContextManager[counting.Lines | None]]

_OK = 200
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Limits:
    """What one try may take.

    ``max_bytes``: of the body, as it comes and as it is decoded. ``timeout``: seconds for the
    whole try. ``min_rate``: bytes a second over ``rate_window`` seconds of the body, 0 is off.
    A body of up to ``spool_bytes`` stays in memory, a larger one goes to a file in ``tmp_dir``.
    """

    max_bytes: int
    timeout: float
    min_rate: int
    tmp_dir: Path
    spool_bytes: int = 262_144
    rate_window: float = 10.0


async def download(
    session: sessions.Session,
    url: urls.Url,
    limits: Limits,
    *,
    conditional: model.Validators | None = None,
    way: Way | None = None,
) -> model.Download | model.NotModified:
    """Fetch a body whole, or learn that it has not changed.

    Args:
        session: the guarded connections.
        url: where to begin.
        limits: of this try.
        conditional: of the version we hold; with them the origin may answer 304.
        way: what a request to each place takes, entered before it; None: nothing.

    Returns:
        The download; a file it names belongs to the caller. ``NotModified`` only when asked.

    Raises:
        errors.PictureError: Unreachable, Timeout, HttpStatus, TooManyRedirects, BlockedAddress,
            TooLarge, UnsupportedEncoding, Truncated or StorageFailed; no file is left.
    """
    spool = Spool(limits.tmp_dir, limits.spool_bytes)
    clock = Deadline(limits.timeout, min_rate=limits.min_rate, window=limits.rate_window)
    try:
        async with clock:
            return await _Try(session, limits, spool, clock, way or _free).follow(url, conditional)
    except BaseException:
        await spool.discard()
        raise


@dataclass(frozen=True, slots=True)
class _Try:
    session: sessions.Session
    limits: Limits
    spool: Spool
    clock: Deadline
    way: Way

    async def follow(
        self, url: urls.Url, conditional: model.Validators | None
    ) -> model.Download | model.NotModified:
        first, seen = url, {url.text}
        for hop in range(MAX_REDIRECTS + 1):
            asked = _conditions(conditional, first, url)
            try:
                outcome = await self._request(url, asked)
            except (errors.BlockedAddress, errors.BadUrl) as refused:
                raise _at_redirect(hop, str(refused)) from None
            except errors.PictureError as failure:
                failure.redirected = failure.redirected or url.origin != first.origin
                raise
            if not isinstance(outcome, str):
                return outcome
            url = _join(url, outcome, hop + 1)
            if url.text in seen:
                raise errors.TooManyRedirects("the redirects go in a circle")
            seen.add(url.text)
        raise errors.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")

    async def _request(
        self, url: urls.Url, conditions: dict[str, str]
    ) -> model.Download | model.NotModified | str:
        """One hop: the outcome, or the ``Location`` of a redirect, whose body is left unread."""
        async with (
            self.way(url) as lines,
            self.session.get(url, conditions, timeout=self.limits.timeout, lines=lines) as response,
        ):
            location = answer.redirect(response.status, response.headers)
            if location is not None:
                return location
            if response.status == _NOT_MODIFIED and conditions:
                return model.NotModified()
            if response.status != _OK:
                raise answer.failure(response.status, response.headers)
            return await self._receive(response)

    async def _receive(self, response: sessions.Answer) -> model.Download:
        if (response.content_length or 0) > self.limits.max_bytes:
            raise self._too_large()
        decoder = encoding.decoder_for(response.headers.get_all("Content-Encoding"))
        self.clock.body_begins()
        await self._read(response, decoder)
        if response.content_length not in {None, self.clock.received}:
            raise errors.Truncated("the body is shorter than its Content-Length", transient=True)
        return model.Download(
            body=await self.spool.finish(),
            validators=answer.validators(response.headers),
            content_type=answer.content_type(response.headers),
        )

    async def _read(self, response: sessions.Answer, decoder: encoding.Decoder | None) -> None:
        limit = self.limits.max_bytes
        while chunk := await response.some():
            self.clock.received += len(chunk)
            if self.clock.received > limit:
                raise self._too_large()
            if decoder is None:
                await self._keep(chunk)
                continue
            for piece in decoder.feed(chunk):
                await self._keep(piece)
        if decoder is not None:
            decoder.close()

    async def _keep(self, piece: bytes) -> None:
        flush_is_due = self.spool.add(piece)
        if self.spool.size > self.limits.max_bytes:
            raise self._too_large()
        if flush_is_due:
            await self.spool.flush()

    def _too_large(self) -> errors.TooLarge:
        return errors.TooLarge(f"the body is larger than {self.limits.max_bytes} bytes")


def _free(_: urls.Url) -> AbstractAsyncContextManager[counting.Lines | None]:
    return nullcontext()


def _conditions(
    conditional: model.Validators | None, first: urls.Url, url: urls.Url
) -> dict[str, str]:
    """The conditional headers of a hop (RFC 9110, 13.1).

    Validators belong to the URL that we were given. A redirect may lead elsewhere than last time,
    so behind one only a strong ETag is sent, and only to the same origin: a date or a weak ETag
    could match another picture, and its change would be missed.
    """
    if not conditional or url.origin != first.origin:
        return {}
    headers = {}
    redirected = url.text != first.text
    if conditional.etag and not (redirected and conditional.etag.startswith("W/")):
        headers["If-None-Match"] = conditional.etag
    if conditional.last_modified and not redirected:
        headers["If-Modified-Since"] = conditional.last_modified
    return headers


def _join(base: urls.Url, location: str, number: int) -> urls.Url:
    try:
        return urls.join(base, location)
    except errors.BadUrl as bad:
        raise _at_redirect(number, f"the URL {bad}") from None


def _at_redirect(number: int, reason: str) -> errors.BlockedAddress:
    """The refusal, with the redirect named by its number only; 0 is the URL we were given."""
    return errors.BlockedAddress(f"redirect {number}: {reason}" if number else reason)
