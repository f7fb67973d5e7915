"""A round of the demo counts only when every picture is as it must be."""

import dataclasses

import pytest

from wirephoto import model
from wirephoto.cli.demo import client, samples, verdict

GOOD = [
    samples.Sample("dunes", "Dunes", {}, b"", model.Picture(model.Kind.JPEG, 30, 20)),
    samples.Sample("bars", "Bars", {}, b"", model.Picture(model.Kind.SVG, 40, 10)),
]
BAD = [samples.BadApple("lost", "Lost", "http_status")]
ROWS = [
    client.Row("dunes", "Dunes", "success", width=30, height=20, mime_type="image/jpeg"),
    client.Row("bars", "Bars", "success", width=40, height=10, mime_type="image/svg+xml"),
    client.Row("lost", "Lost", "failed", code="http_status", reason="404"),
]


def test_a_round_as_it_must_be_has_no_differences() -> None:
    assert verdict.differences(ROWS, "success", GOOD, BAD) == []


@pytest.mark.parametrize(
    ("at", "change", "named"),
    [
        (0, {"state": "skipped"}, "dunes: must be success, is skipped"),
        (0, {"state": "failed", "code": "timeout", "reason": "slow"}, "failed (timeout: slow)"),
        (0, {"width": 31}, "is image/jpeg of 31 x 20"),
        (0, {"title": "Dune"}, "is 'Dune'"),
        (1, {"mime_type": "image/png"}, "must be image/svg+xml of 40 x 10"),
        (1, {"id": "bar"}, "bars: is in no row"),
        (2, {"code": "timeout"}, "lost: must fail with http_status"),
        (2, {"state": "success"}, "lost: must fail with http_status"),
    ],
)
def test_each_difference_is_named(at: int, change: dict[str, str], named: str) -> None:
    rows = list(ROWS)
    rows[at] = dataclasses.replace(rows[at], **change)  # type: ignore[arg-type]  # from a table
    assert named in "\n".join(verdict.differences(rows, "success", GOOD, BAD))


def test_a_row_twice_is_a_difference() -> None:
    assert verdict.differences([*ROWS, ROWS[0]], "success", GOOD, BAD) == ["4 rows for 3 images"]
