"""What does a span cost, and what does none? Microseconds of a chunk and of an image.

The exporter throws spans away: sending them is a thread's work, beside.
"""

import sys
import timeit
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan, export

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from wirephoto import tracing
from wirephoto.tracing import otel

_REPEATS = 5


class _Nowhere(export.SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> export.SpanExportResult:  # noqa: ARG002 - the base's
        return export.SpanExportResult.SUCCESS


def main() -> None:
    print(f"off              {_chunk()}   {_image()}")
    for share in (0.0, 1.0):
        tracing._spans = otel.Otel(share, "0", _Nowhere())  # noqa: SLF001 - as `sending` does
        with tracing.chunk(None, job="k7x3r3w8nb"):
            image = _image()
        print(f"on, images {share:g}     {_chunk()}   {image}")
        tracing._spans.close()  # noqa: SLF001


def _chunk() -> str:
    def chunk() -> None:
        with tracing.chunk(None, job="k7x3r3w8nb", chunk=1, images=64, attempt=1):
            pass

    return f"chunk {_best(chunk, 3000):6.2f} µs"


def _image() -> str:
    def image() -> None:
        with tracing.image(position=3, server_address="pictures.example.org"):
            pass

    return f"image {_best(image, 3000):6.2f} µs"


def _best(act: Callable[[], None], times: int) -> float:
    return min(timeit.repeat(act, number=times, repeat=_REPEATS)) / times * 1e6


if __name__ == "__main__":
    main()
