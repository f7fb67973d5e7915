"""Limits on the body, the batch and the context; and a large batch that is taken."""

import json
from collections.abc import Iterator

import pytest

from tests.fixtures import service as services
from tests.fixtures import shapes

BODY_BYTES = 2_000_000


@pytest.fixture(scope="module")
def limited(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(
        module_database_url,
        workers=0,
        WIREPHOTO_MAX_BODY_BYTES=str(BODY_BYTES),
        WIREPHOTO_MAX_BATCH="10000",
        WIREPHOTO_MAX_CONTEXT_BYTES="20",
    ) as running:
        yield running


def batch(count: int) -> list[dict[str, object]]:
    return [
        services.image(f"http://images.example.com/{number}", number) for number in range(count)
    ]


def test_a_body_over_the_limit_is_413_by_what_it_says(limited: services.Service) -> None:
    answer = limited.client.post("/api/v1/import/images", content=b"x" * (BODY_BYTES + 1))
    assert answer.status_code == 413
    shapes.check(answer.json(), shapes.error(413, {"body": f"must be at most {BODY_BYTES} bytes"}))


def test_a_body_over_the_limit_is_413_as_it_comes(limited: services.Service) -> None:
    parts = (b"x" * 100_000 for _ in range(30))
    answer = limited.client.post("/api/v1/import/images", content=parts)
    assert answer.status_code == 413
    shapes.check(answer.json(), shapes.error(413, {"body": str}))


@pytest.mark.parametrize("fault", [{}, {"systemName": 5}], ids=["else right", "else wrong"])
def test_a_batch_over_the_limit_is_413_and_nothing_is_stored(
    limited: services.Service, fault: dict[str, object]
) -> None:
    answer = limited.post({"systemName": "large", "images": batch(10_001), **fault})
    assert answer.status_code == 413
    expected = {"images": "must be at most 10000 in one batch (they are 10001)"}
    shapes.check(answer.json(), shapes.error(413, expected))


def test_a_context_is_measured_in_bytes_of_utf_8(limited: services.Service) -> None:
    fits, over = {"a": "é" * 6}, {"a": "é" * 7}
    assert len(json.dumps(fits, ensure_ascii=False, separators=(",", ":")).encode()) == 20
    answer = limited.post({"systemName": "context", "images": batch(1), "context": over})
    assert answer.status_code == 400
    expected = {"context": "must be at most 20 bytes as JSON (it has 22)"}
    shapes.check(answer.json(), shapes.error(400, expected))
    limited.accept(batch(1), "context", context=fits)


def test_ten_thousand_images_are_taken_in_one_request_and_wait_for_a_worker(
    limited: services.Service,
) -> None:
    status = limited.status(limited.accept(batch(10_000), "large"))
    shapes.check(status, shapes.RUNNING | {"state": "queued", "progress": 0.0})
    assert status["overview"]["total"] == 10_000
    ((positions,),) = limited.sql(
        "select sum(cardinality(positions)) from chunks c join jobs j on j.id = c.job_id"
        " where j.public_id = %(job)s",
        job=status["id"],
    )
    assert positions == 10_000
