"""One try at one URL: the guarded GET, its redirects, and the body under every limit.

Redirects are followed here, hop by hop, so that each one passes the address guard and all share
one clock. Only 200 brings a picture. What came is counted as it comes, decoded bytes included.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
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
_OF_ANOTHER = model.NotModified()  # but of another version than we asked with


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
    clock = Deadline(
        session.alarms, limits.timeout, min_rate=limits.min_rate, window=limits.rate_window
    )
    try:
        with clock:
            return await _Try(session, limits, spool, clock, way or _free).follow(url, conditional)
    except BaseException:
        await spool.discard()
        raise


@dataclass(slots=True)  # frozen would cost as much as all the rest of making one
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
                if outcome is _OF_ANOTHER:
                    outcome = await self._request(url, {})
            except (errors.BlockedAddress, errors.BadUrl) as refused:
                raise _at_redirect(hop, str(refused)) from None
            except errors.PictureError as failure:
                failure.redirected = failure.redirected or url.origin != first.origin
                raise
            if not isinstance(outcome, str):
                return _behind_redirects(outcome) if hop else outcome
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
            self.session.get(url, conditions, timeout=None, lines=lines) as response,
        ):
            location = answer.redirect(response.status, response.headers)
            if location is not None:
                return location
            not_modified = response.status == _NOT_MODIFIED and bool(conditions)
            if response.status != _OK and not not_modified:
                raise answer.failure(response.status, response.headers)
            if lines is not None:
                lines.heard(response.waited)
            if not_modified:
                is_ours = not answer.is_of_another(response.headers, conditions)
                return model.NotModified() if is_ours else _OF_ANOTHER
            return await self._receive(response)

    async def _receive(self, response: sessions.Answer) -> model.Download:
        if (response.content_length or 0) > self.limits.max_bytes:
            raise self._too_large()
        encoding.check_transfer(response.headers.get_all("Transfer-Encoding"))
        decoder = encoding.decoder_for(response.headers.get_all("Content-Encoding"))
        self.clock.body_begins(response)
        await self._read(response, decoder)
        if response.content_length not in {None, response.received}:
            raise errors.Truncated("the body is shorter than its Content-Length", transient=True)
        return model.Download(
            body=await self.spool.finish(),
            validators=answer.validators(response.headers),
            content_type=answer.content_type(response.headers),
        )

    async def _read(self, response: sessions.Answer, decoder: encoding.Decoder | None) -> None:
        limit = self.limits.max_bytes
        while chunk := await response.some():
            if response.received > limit:
                raise self._too_large()
            for piece in (chunk,) if decoder is None else decoder.feed(chunk):
                if self._add(piece):
                    await self.spool.flush()
        if decoder is not None:
            decoder.close()

    def _add(self, piece: bytes) -> bool:
        """Whether the spool is to be flushed."""
        flush_is_due = self.spool.add(piece)
        if self.spool.size > self.limits.max_bytes:
            raise self._too_large()
        return flush_is_due

    def _too_large(self) -> errors.TooLarge:
        return errors.TooLarge(f"the body is larger than {self.limits.max_bytes} bytes")


def _free(_: urls.Url) -> AbstractAsyncContextManager[counting.Lines | None]:
    return nullcontext()


def _conditions(
    conditional: model.Validators | None, first: urls.Url, url: urls.Url
) -> dict[str, str]:
    """The conditional headers of a hop (RFC 9110, 13.1).

    Validators belong to the URL that we were given, and behind a redirect there are none: even a
    strong ETag is of one resource, and another may have the same (8.8.1). With an ETag a date is
    not sent: it could be right where the ETag is not.
    """
    if not conditional or url.text != first.text:
        return {}
    if conditional.etag:
        return {"If-None-Match": conditional.etag}
    return {"If-Modified-Since": conditional.last_modified} if conditional.last_modified else {}


def _behind_redirects(
    outcome: model.Download | model.NotModified,
) -> model.Download | model.NotModified:
    """Without validators: they are of another resource than the one that we were given."""
    if isinstance(outcome, model.NotModified):
        return outcome
    return replace(outcome, validators=model.Validators())


def _join(base: urls.Url, location: str, number: int) -> urls.Url:
    try:
        return urls.join(base, location)
    except errors.BadUrl as bad:
        raise _at_redirect(number, f"the URL {bad}") from None


def _at_redirect(number: int, reason: str) -> errors.BlockedAddress:
    """The refusal, with the redirect named by its number only; 0 is the URL we were given."""
    return errors.BlockedAddress(f"redirect {number}: {reason}" if number else reason)
