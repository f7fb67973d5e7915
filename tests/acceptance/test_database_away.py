"""Health, and a database that goes away: 503 with Retry-After, nothing lost, normal again after."""

import concurrent.futures
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import gateway as gateways
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

HEALTH = "/api/v1/health"


@pytest.fixture(scope="module")
def gateway(module_database_url: str) -> Iterator[gateways.Gateway]:
    with gateways.opened(module_database_url) as running:
        yield running


@pytest.fixture(scope="module")
def behind(gateway: gateways.Gateway) -> Iterator[services.Service]:
    """A service whose database can go away."""
    with services.serving(gateway.url) as running:
        yield running


def test_health_needs_no_token(behind: services.Service) -> None:
    answer = httpx.get(behind.url + HEALTH)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.timeout(180)
def test_while_the_database_is_away_every_route_is_503_and_after_it_all_is_normal_again(
    behind: services.Service, gateway: gateways.Gateway, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/away.jpg", pictures.jpeg(1))
    job = behind.accept([services.image(url)], "before")
    (row,) = behind.wait(job)["images"]
    body = {"systemName": "while", "images": [services.image(url)]}
    calls = [
        ("GET", HEALTH),
        ("POST", "/api/v1/import/images"),
        ("GET", f"/api/v1/import/images/status?id={job}"),
        ("GET", f"/api/v1/mediaLibrary/{row['image']['mediaId']}"),
        ("GET", "/api/v1/mediaLibrary?ids=x"),
        ("GET", row["image"]["url"]),
    ]

    def call(one: tuple[str, str]) -> httpx.Response:
        method, path = one
        return behind.client.request(method, path, json=body if method == "POST" else None)

    gateway.shut()
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(call, calls))
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        shapes.check(answer.json(), shapes.error(503, {"database": str}))
        assert "Traceback" not in answer.text
    gateway.open()
    wait_until_healthy(behind)
    assert behind.status(job)["images"] == [row]
    assert behind.sql("select count(*) from jobs where system_name = 'while'") == [(0,)]
    (again,) = behind.bring([services.image(url, 2)], "after")
    assert again["state"] == "success"


def wait_until_healthy(service: services.Service) -> None:
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    while service.client.get(HEALTH).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
