"""Spans: below whom they belong, which there are, and what they never say."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import in_memory_span_exporter

from wirephoto import errors, tracing
from wirephoto.tracing import otel

_PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_UNKEPT = _PARENT[:-1] + "0"
_Kept = Callable[[], dict[str, ReadableSpan]]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[_Kept]:
    """All spans by their names, once there are no more; the parameter is the share of images."""
    exporter = in_memory_span_exporter.InMemorySpanExporter()
    made = otel.Otel(getattr(request, "param", 1.0), "0", exporter)
    monkeypatch.setattr(tracing, "_spans", made)

    def ended() -> dict[str, ReadableSpan]:
        made.close()
        return {span.name: span for span in exporter.get_finished_spans()}

    yield ended
    made.close()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_chunk_and_its_images_are_below_the_request(kept: _Kept) -> None:
    spans = tracing.spans()
    assert spans
    with spans.request("POST", _PARENT, "client-7") as span:
        span.routed("/import/images")
        written = tracing.traceparent()
        tracing.note(job="k7")
        span.answer(200)
    with tracing.chunk(written, job="k7", chunk=3), tracing.image(position=4, server_address="a"):
        pass
    found = kept()
    post, chunk, image = (
        found[name] for name in ("POST /import/images", "import chunk", "bring image")
    )
    assert {one.context.trace_id for one in found.values() if one.context} == {
        int(_PARENT.split("-")[1], 16)
    }
    assert post.parent
    assert f"{post.parent.span_id:016x}" == _PARENT.split("-")[2]
    assert chunk.parent
    assert post.context
    assert chunk.parent.span_id == post.context.span_id
    assert image.parent == chunk.context
    assert attributes(post) == {
        "http.request.method": "POST",
        "http.route": "/import/images",
        "http.response.status_code": 200,
        "wirephoto.request": "client-7",
        "wirephoto.job": "k7",
    }
    assert attributes(chunk) == {"wirephoto.job": "k7", "wirephoto.chunk": 3}
    assert attributes(image) == {"wirephoto.position": 4, "server.address": "a"}
    assert post.resource.attributes["service.name"] == "wirephoto"


@pytest.mark.parametrize(
    ("status", "problem", "told", "state"),
    [
        (204, None, {"http.response.status_code": 204}, "UNSET"),
        (500, None, {"http.response.status_code": 500, "error.type": "500"}, "ERROR"),
        (None, "timeout", {"error.type": "timeout"}, "ERROR"),
    ],
)
def test_a_try_of_a_webhook_tells_what_it_met(
    kept: _Kept, status: int | None, problem: str | None, told: dict[str, Any], state: str
) -> None:
    with tracing.webhook(_PARENT, job="k7", delivery="d1", attempt=2) as span:
        span.end(status, problem)
    (sent,) = kept().values()
    assert sent.name == "send webhook"
    assert sent.parent
    assert f"{sent.parent.span_id:016x}" == _PARENT.split("-")[2]
    assert sent.status.status_code.name == state
    assert attributes(sent) == told | {
        "wirephoto.job": "k7",
        "wirephoto.delivery": "d1",
        "wirephoto.attempt": 2,
    }


def test_what_the_request_did_not_keep_is_not_kept_below_it(kept: _Kept) -> None:
    with tracing.chunk(_UNKEPT, job="k7"), tracing.image(position=1):
        assert tracing.traceparent() is not None
    assert kept() == {}


@pytest.mark.parametrize("kept", [0.0], indirect=True)
def test_images_have_spans_only_by_their_share(kept: _Kept) -> None:
    with tracing.chunk(None, job="k7"):
        for position in range(50):
            with tracing.image(position=position):
                pass
    assert set(kept()) == {"import chunk"}


@pytest.mark.parametrize("written", [None, "", "rubbish", "00-0-0-01", _PARENT + "x"])
def test_without_a_well_formed_parent_a_trace_begins(kept: _Kept, written: str | None) -> None:
    with tracing.chunk(written, job="k7"):
        pass
    (span,) = kept().values()
    assert span.parent is None


def test_a_fault_is_told_by_its_name_and_none_of_its_words(kept: _Kept) -> None:
    with (
        pytest.raises(errors.Unreachable),
        tracing.chunk(None, job="k7"),
        tracing.image(position=1),
    ):
        raise errors.Unreachable("http://a.example/?sig=s3cr3t")
    found = kept()
    assert {one.status.status_code.name for one in found.values()} == {"ERROR"}
    assert {attributes(one)["error.type"] for one in found.values()} == {"unreachable"}
    assert "s3cr3t" not in str([one.to_json() for one in found.values()])


def test_where_nobody_wants_traces_nothing_of_them_is_loaded() -> None:
    program = (
        "import sys; from wirephoto import tracing, wiring; from wirephoto.worker import process;"
        "from wirephoto.cli import serve;"
        "context = tracing.sending(wanted=False, images=1, release='0')\n"
        "with context, tracing.chunk(None), tracing.image(): tracing.note(job='k7')\n"
        "with tracing.webhook(None) as span: span.end(200, None)\n"
        "assert tracing.traceparent() is None\n"
        "assert not any(name.startswith('opentelemetry.sdk') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_the_extra_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wirephoto.tracing.otel", None)
    monkeypatch.delattr(tracing, "otel")
    sending = tracing.sending(wanted=True, images=0, release="0")
    with pytest.raises(errors.SettingError, match="WIREPHOTO_TRACES: needs OpenTelemetry"), sending:
        pass
