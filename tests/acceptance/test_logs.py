"""One id through all of the log: from a request to its job, its chunks and its webhook."""

import json
from typing import Any

import httpx

from tests.fixtures import gallery as galleries
from tests.fixtures import processes
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.origins import pictures


def lines(service: services.Service, **having: Any) -> list[dict[str, Any]]:
    """Lines of the log with these keys and values."""
    read = (json.loads(one) for one in service.log().splitlines() if one.startswith("{"))
    return [one for one in read if having.items() <= one.items()]


def test_a_job_is_followed_from_its_request_to_its_webhook(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    url = gallery.hang("/l.jpg", pictures.jpeg(1))
    batch = {"systemName": "logs", "images": [services.image(url)], "webhook": receiver.url}
    answer = shared_service.post(batch, headers={"X-Request-Id": "client-7"})
    assert answer.headers["X-Request-Id"] == "client-7"
    job = answer.json()["id"]
    processes.until(lambda: lines(shared_service, event="webhook_tried", job=job), "it is told")
    (accepted,) = lines(shared_service, request="client-7")
    (ended,) = lines(shared_service, event="job_ended")
    (tried,) = lines(shared_service, event="webhook_tried")
    assert (accepted["event"], accepted["job"], accepted["images"]) == ("job_accepted", job, 1)
    assert (ended["job"], ended["success"], ended["failed"]) == (job, 1, 0)
    assert isinstance(ended["chunk"], int)
    assert tried["job"] == job
    assert tried["delivery"] == receiver.received[0].headers["webhook-id"]
    assert "request" not in ended
    assert "chunk" not in tried


def test_every_answer_names_its_request_whatever_it_is(shared_service: services.Service) -> None:
    for path, given in (("/", "a"), ("/none", "b"), ("/api/v1/health", "c d"), ("/metrics", None)):
        headers = {} if given is None else {"X-Request-Id": given}
        named = httpx.get(f"{shared_service.url}{path}", headers=headers).headers["X-Request-Id"]
        assert (named == given) == (given in {"a", "b"})


def test_a_fault_bears_the_name_of_its_request_and_what_comes_later_does_not(
    shared_service: services.Service,
) -> None:
    shared_service.sql("alter table jobs rename to jobs_away")
    try:
        answer = shared_service.client.get("/api/v1/import/images")
    finally:
        shared_service.sql("alter table jobs_away rename to jobs")
    assert answer.status_code == 500
    (fault,) = lines(shared_service, event="request_failed")
    assert fault["request"] == answer.headers["X-Request-Id"]
    assert fault["route"].endswith("/import/images")
    assert len(lines(shared_service, request=fault["request"])) == 1
