"""Traces of a running service, as a collector gets them: from a request to its images."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from tests.fixtures import gallery as galleries
from tests.fixtures import processes
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.origins import pictures

_TRACE, _SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """Takes what comes by OTLP over HTTP."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.keys: set[str | None] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                collector.keys.add(self.headers.get("api-key"))
                collector.bodies.append(gzip.decompress(body) if packed else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Nothing to say."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def spans(self, name: str) -> list[Any]:
        """Those of our trace."""
        read = [trace_service_pb2.ExportTraceServiceRequest.FromString(one) for one in self.bodies]
        return [
            span
            for request in read
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if span.name == name and span.trace_id.hex() == _TRACE
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def told(span: Any) -> dict[str, str]:
    """Attributes as texts."""
    return {one.key: one.value.string_value or str(one.value.int_value) for one in span.attributes}


def test_a_trace_goes_on_from_the_request_to_images_and_webhook_and_no_further(
    database_url: str,
    gallery: galleries.Gallery,
    receiver: receivers.Receiver,
    collector: Collector,
) -> None:
    settings: dict[str, Any] = {
        "WIREPHOTO_TRACES": "true",
        "WIREPHOTO_TRACE_IMAGES": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server.server_port}",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=c0llect0rs-own",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    urls = [gallery.hang(f"/t{one}.jpg", pictures.jpeg(one)) + "?sig=s3cr3t" for one in range(3)]
    urls.append(urls[0].replace("/t0.jpg", "/none.jpg"))
    images = [services.image(url, number) for number, url in enumerate(urls)]
    webhook = f"{receiver.url}/h00k?key=s3cr3t"
    asked_for = {"systemName": "traced", "images": images, "webhook": webhook}
    with services.serving(database_url, **settings) as running:
        headers = {"traceparent": f"00-{_TRACE}-{_SPAN}-01", "X-Request-Id": "client-7"}
        answer = running.post(asked_for, headers=headers)
        job = answer.json()["id"]
        running.wait(job)
        receiver.wait("/h00k?key=s3cr3t")
        log = running.log()
    processes.until(lambda: len(collector.spans("bring image")) == 4, "all spans came")
    processes.until(lambda: collector.spans("send webhook"), "so did the webhook's")
    (post,) = collector.spans("POST /import/images")
    assert post.parent_span_id.hex() == _SPAN
    assert told(post)["wirephoto.job"] == job
    assert told(post)["wirephoto.request"] == "client-7"
    assert told(post)["http.response.status_code"] == "200"
    found = collector.spans("import chunk")
    assert {one.parent_span_id for one in found} == {post.span_id}
    assert {told(one)["wirephoto.job"] for one in found} == {job}
    brought = collector.spans("bring image")
    assert {one.parent_span_id for one in brought} <= {one.span_id for one in found}
    assert sorted(told(one)["wirephoto.position"] for one in brought) == ["0", "1", "2", "3"]
    assert {told(one).get("error.type") for one in brought} == {None, "http_status"}
    tries = [told(one) for one in collector.spans("send webhook")]
    assert {one.parent_span_id for one in collector.spans("send webhook")} == {post.span_id}
    assert {one["wirephoto.job"] for one in tries} == {job}
    assert [
        (one["wirephoto.attempt"], one["http.response.status_code"], one.get("error.type"))
        for one in tries
    ] == [("1", "200", None)]
    assert not any(b"h00k" in body for body in collector.bodies)
    assert not any(b"s3cr3t" in body or b"sig=" in body for body in collector.bodies)
    assert collector.keys == {"c0llect0rs-own"}
    for headers_ in (
        *(one.headers for one in gallery.asked),
        *(one.headers for one in receiver.received),
    ):
        assert not {"traceparent", "tracestate", "baggage", "x-request-id"} & {
            name.lower() for name in headers_
        }
    assert f'"trace": "{_TRACE}"' in log
    assert "c0llect0rs-own" not in log
