"""Traces, for who asks for them (``WIREPHOTO_TRACES``): of requests, chunks, images, webhooks.

Nothing of OpenTelemetry is loaded before somebody does; until then each call here is a look at one
name. No span holds a URL, a query, or a word of an exception. ``otel`` makes the spans.
"""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from wirephoto import errors

Value = str | int | float | bool
PREFIX = "wirephoto."  # of the attributes that are ours alone


class Answered(Protocol):
    """The span of a request, as its answer is known."""

    def answer(self, status: int) -> None: ...

    def routed(self, route: str) -> None: ...


class Tried(Protocol):
    """The span of a try at a webhook, as its end is known."""

    def end(self, status: int | None, problem: str | None) -> None:
        """``status``: what the receiver answered; ``problem``: a code, where it gave no answer."""


class Spans(Protocol):
    """What makes spans."""

    def request(
        self, method: str, traceparent: str | None, request: str
    ) -> AbstractContextManager[Answered]: ...

    def chunk(
        self, traceparent: str | None, attributes: dict[str, Value]
    ) -> AbstractContextManager[object]: ...

    def image(self, attributes: dict[str, Value]) -> AbstractContextManager[object]: ...

    def webhook(
        self, traceparent: str | None, attributes: dict[str, Value]
    ) -> AbstractContextManager[Tried]: ...

    def note(self, attributes: dict[str, Value]) -> None: ...

    def traceparent(self) -> str | None: ...

    def close(self) -> None: ...


class _Untold:
    """See ``Tried``: of a try that has no span."""

    def end(self, status: int | None, problem: str | None) -> None:
        """Nobody is told."""


_NOTHING: AbstractContextManager[object] = contextlib.nullcontext()
_UNTOLD: AbstractContextManager[Tried] = contextlib.nullcontext(_Untold())
_spans: Spans | None = None


@contextlib.contextmanager
def sending(*, wanted: bool, images: float, release: str) -> Iterator[None]:
    """Send spans until the block ends, where they are ``wanted``; ``images``: a share, 0 to 1.

    Where to and how stands in OpenTelemetry's own variables (``OTEL_…``).

    Raises:
        errors.SettingError: the extra is not installed, or a variable is wrong.
    """
    global _spans  # noqa: PLW0603 - one for a process, as the log is
    if not wanted:
        yield
        return
    _spans = _open(images, release)
    try:
        yield
    finally:
        made, _spans = _spans, None
        made.close()


def _open(images: float, release: str) -> Spans:
    try:
        from wirephoto.tracing import otel  # noqa: PLC0415 - loaded by who wants it alone
    except ImportError:
        raise errors.SettingError(
            "WIREPHOTO_TRACES", "needs OpenTelemetry: install wirephoto[server,otel]"
        ) from None
    try:
        return otel.Otel(images, release)
    except ValueError as wrong:
        raise errors.SettingError("OTEL_…", str(wrong)) from None


def spans() -> Spans | None:
    """What makes spans; None where nobody wants any."""
    return _spans


def chunk(traceparent: str | None, **attributes: Value) -> AbstractContextManager[object]:
    """A worker's work on a chunk, in the trace of the request that its job came by."""
    return _NOTHING if _spans is None else _spans.chunk(traceparent, attributes)


def image(**attributes: Value) -> AbstractContextManager[object]:
    """A try at an image: fetched and inspected; only some get a span."""
    return _NOTHING if _spans is None else _spans.image(attributes)


def webhook(traceparent: str | None, **attributes: Value) -> AbstractContextManager[Tried]:
    """A try at a webhook, in the trace of the request that its job came by."""
    return _UNTOLD if _spans is None else _spans.webhook(traceparent, attributes)


def note(**attributes: Value) -> None:
    """Attributes of the span that we are in."""
    if _spans is not None:
        _spans.note(attributes)


def traceparent() -> str | None:
    """The span that we are in, as W3C Trace Context writes it; None where there is none."""
    return None if _spans is None else _spans.traceparent()
