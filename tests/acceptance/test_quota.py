"""``imagesPerDay``: the whole batch or nothing, exactly, however many ask at once."""

import concurrent.futures
import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.fixtures import service as services
from tests.fixtures import shapes

PER_DAY = 100
PROJECT = {"wirephoto": {"imagesPerDay": PER_DAY}}


@pytest.fixture(scope="module")
def twins(module_database_url: str) -> Iterator[list[services.Service]]:
    """Two services on one database that both know the project and its quota; no workers."""
    with contextlib.ExitStack() as stack:
        data_dir = stack.enter_context(services.folder())
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "feed.json").write_text(json.dumps(PROJECT))
        projects = str(data_dir / "projects")
        yield [
            stack.enter_context(
                services.serving(module_database_url, workers=0, WIREPHOTO_PROJECTS=projects)
            )
            for _ in range(2)
        ]


@pytest.fixture
def feed(twins: list[services.Service]) -> str:
    """A token of the project, on a day that has taken nothing yet."""
    twins[0].sql("delete from quota_days")
    return twins[0].new_token("public-api:write", project="feed")


def batch(images: int, system: str = "feed") -> dict[str, Any]:
    wanted = [services.image(f"http://127.0.0.1:1/{n}.jpg", n) for n in range(images)]
    return {"systemName": system, "images": wanted}


def send(
    service: services.Service, token: str, body: dict[str, Any], **headers: str
) -> httpx.Response:
    authorized = {"Authorization": f"Bearer {token}", **headers}
    return service.post(body, headers=authorized, timeout=60)


def accepted(service: services.Service, system: str) -> int:
    """Images that stand in jobs of a system."""
    ((total,),) = service.sql(
        "select coalesce(sum(total), 0)::int from jobs where system_name = %(system)s",
        system=system,
    )
    return int(total)


def message(answer: httpx.Response) -> str:
    """Of the array of one error that the public documentation shows."""
    (error,) = answer.json()
    expected = {"status": 429, "error": "Usage Limit Exceeded", "error_details": {"message": str}}
    shapes.check(error, expected)
    return str(error["error_details"]["message"])


def seconds_left() -> float:
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def test_a_batch_that_does_not_fit_is_refused_as_a_whole(
    twins: list[services.Service], feed: str
) -> None:
    assert send(twins[0], feed, batch(70, "whole")).status_code == 200
    refused = send(twins[1], feed, batch(31, "whole"))
    assert refused.status_code == 429
    assert "has 31 images" in message(refused)
    assert "30 are left today" in message(refused)
    assert abs(int(refused.headers["retry-after"]) - seconds_left()) <= 5
    assert send(twins[0], feed, batch(30, "whole")).status_code == 200
    assert "0 are left today" in message(send(twins[0], feed, batch(1, "whole")))
    assert accepted(twins[0], "whole") == PER_DAY


def test_a_batch_that_fits_into_no_day_says_so(twins: list[services.Service], feed: str) -> None:
    refused = send(twins[0], feed, batch(PER_DAY + 1, "never"))
    assert message(refused).endswith("It fits into no day: split it into batches of at most 100.")
    assert "retry-after" in refused.headers
    assert accepted(twins[0], "never") == 0


@pytest.mark.parametrize("size", [1, 7, 60])
def test_many_at_the_edge_at_once_are_never_more_than_the_quota(
    twins: list[services.Service], feed: str, size: int
) -> None:
    system = f"edge {size}"
    assert send(twins[0], feed, batch(PER_DAY - 30, system)).status_code == 200
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        sent = [pool.submit(send, twins[n % 2], feed, batch(size, system)) for n in range(40)]
        statuses = [one.result().status_code for one in sent]
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) == min(40, 30 // size)
    assert accepted(twins[0], system) == PER_DAY - 30 + size * (30 // size)


def test_the_next_day_begins_anew(twins: list[services.Service], feed: str) -> None:
    assert send(twins[0], feed, batch(PER_DAY, "days")).status_code == 200
    assert send(twins[0], feed, batch(1, "days")).status_code == 429
    twins[0].sql("update quota_days set day = day - 1")
    assert send(twins[0], feed, batch(PER_DAY, "days")).status_code == 200


def test_the_same_key_costs_once_also_when_nothing_is_left(
    twins: list[services.Service], feed: str
) -> None:
    key = {"Idempotency-Key": "quota"}
    first = send(twins[0], feed, batch(PER_DAY, "once"), **key)
    again = send(twins[1], feed, batch(PER_DAY, "once"), **key)
    assert (first.status_code, again.json()) == (200, first.json())
    refused = send(twins[0], feed, batch(1, "once"), **{"Idempotency-Key": "refused"})
    assert refused.status_code == 429
    twins[0].sql("delete from quota_days")
    taken = send(twins[0], feed, batch(1, "once"), **{"Idempotency-Key": "refused"})
    assert taken.status_code == 200


def test_a_refused_request_and_a_dry_run_cost_nothing(
    twins: list[services.Service], feed: str
) -> None:
    assert send(twins[0], feed, batch(0, "free")).status_code == 400
    dry = twins[0].client.post(
        "/api/v1/import/images?dryRun=true",
        json=batch(PER_DAY, "free"),
        headers={"Authorization": f"Bearer {feed}"},
    )
    assert dry.status_code == 200
    assert send(twins[0], feed, batch(PER_DAY, "free")).status_code == 200


def test_other_projects_have_days_of_their_own(twins: list[services.Service], feed: str) -> None:
    assert send(twins[0], feed, batch(PER_DAY, "ours")).status_code == 200
    twins[0].accept(batch(PER_DAY + 1)["images"], "theirs")
