"""Spans by OpenTelemetry, sent by OTLP over HTTP from a thread of the SDK's own."""

import contextlib
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

import structlog
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk import resources
from opentelemetry.sdk.trace import TracerProvider, export
from opentelemetry.trace.propagation import tracecontext

from wirephoto import tracing

_CLOSE_SECONDS = 3.0  # for what is not sent yet; the process is to end
_W3C = tracecontext.TraceContextTextMapPropagator()


class Otel:
    """See ``tracing.Spans``."""

    def __init__(
        self, images: float, release: str, exporter: export.SpanExporter | None = None
    ) -> None:
        own = resources.Resource({"service.name": "wirephoto", "service.version": release})
        told = resources.OTELResourceDetector().detect()
        self._provider = TracerProvider(
            resource=resources.Resource.create().merge(own).merge(told), shutdown_on_exit=False
        )
        self._provider.add_span_processor(export.BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("wirephoto", release)
        self._images = images

    @contextlib.contextmanager
    def request(
        self, method: str, traceparent: str | None, request: str
    ) -> Iterator[tracing.Answered]:
        given = {"http.request.method": method, f"{tracing.PREFIX}request": request}
        with self._span(method, trace.SpanKind.SERVER, given, _parent(traceparent)) as span:
            yield _Request(span, method)

    def chunk(
        self, traceparent: str | None, attributes: dict[str, tracing.Value]
    ) -> AbstractContextManager[object]:
        given, parent = _ours(attributes), _parent(traceparent)
        return self._span("import chunk", trace.SpanKind.CONSUMER, given, parent)

    def image(self, attributes: dict[str, tracing.Value]) -> AbstractContextManager[object]:
        """Only in a chunk whose trace is kept."""
        if not self._images or random.random() >= self._images:  # noqa: S311 - no secret
            return contextlib.nullcontext()
        if not trace.get_current_span().is_recording():
            return contextlib.nullcontext()
        return self._span("bring image", trace.SpanKind.INTERNAL, _ours(attributes))

    @contextlib.contextmanager
    def webhook(
        self, traceparent: str | None, attributes: dict[str, tracing.Value]
    ) -> Iterator[tracing.Tried]:
        given, parent = _ours(attributes), _parent(traceparent)
        with self._span("send webhook", trace.SpanKind.CLIENT, given, parent) as span:
            yield _Tried(span)

    def note(self, attributes: dict[str, tracing.Value]) -> None:
        trace.get_current_span().set_attributes(_ours(attributes))

    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        """What a collector that is away would take is lost: nobody waits longer for it."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_CLOSE_SECONDS)

    @contextlib.contextmanager
    def _span(
        self,
        name: str,
        kind: trace.SpanKind,
        attributes: Mapping[str, tracing.Value],
        parent: context.Context | None = None,
    ) -> Iterator[trace.Span]:
        """A span that is current, in the log by its trace, and tells of a fault by its name."""
        with self._tracer.start_as_current_span(
            name,
            parent,
            kind,
            attributes,
            record_exception=False,  # its words may hold a URL
            set_status_on_exception=False,
        ) as span:
            written = f"{span.get_span_context().trace_id:032x}"
            with structlog.contextvars.bound_contextvars(trace=written):
                try:
                    yield span
                except BaseException as fault:
                    span.set_attribute("error.type", _name(fault))
                    span.set_status(trace.StatusCode.ERROR)
                    raise


class _Request:
    """See ``tracing.Answered``."""

    def __init__(self, span: trace.Span, method: str) -> None:
        self._span = span
        self._method = method

    def answer(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:  # noqa: PLR2004 - a fault of the server's
            self._span.set_status(trace.StatusCode.ERROR)

    def routed(self, route: str) -> None:
        self._span.set_attribute("http.route", route)
        self._span.update_name(f"{self._method} {route}")


class _Tried:
    """See ``tracing.Tried``."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def end(self, status: int | None, problem: str | None) -> None:
        if status is not None:
            self._span.set_attribute("http.response.status_code", status)
            problem = None if 200 <= status < 300 else str(status)  # noqa: PLR2004 - any 2xx is taken
        if problem is not None:
            self._span.set_attribute("error.type", problem)
            self._span.set_status(trace.StatusCode.ERROR)


def _parent(traceparent: str | None) -> context.Context:
    """Whose span ours are below; a new trace where there is none, or no well-formed one."""
    return _W3C.extract({"traceparent": traceparent or ""}, context.Context())


def _ours(attributes: Mapping[str, tracing.Value]) -> dict[str, tracing.Value]:
    """``server_address`` and the like are everybody's, the others ours."""
    return {
        name.replace("_", ".") if name.startswith("server_") else tracing.PREFIX + name: value
        for name, value in attributes.items()
    }


def _name(fault: BaseException) -> str:
    """A failure code where it has one, else the name of its class."""
    return str(getattr(fault, "code", type(fault).__name__))
