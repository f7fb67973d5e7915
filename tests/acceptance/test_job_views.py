"""Jobs seen: the list with its pages, and the counters as server-sent events."""

import concurrent.futures
import contextlib
import json
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import processes, shapes
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.api import board

JOB = {
    "id": shapes.ID,
    "state": str,
    "finished": bool,
    "systemName": str,
    "acceptedAt": shapes.INSTANT,
    "overview": shapes.OVERVIEW,
    "progress": float,
    "startedAt?": shapes.INSTANT,
    "finishedAt?": shapes.INSTANT,
    "retryOf?": shapes.ID,
}
PAGE = {"results": shapes.Each(JOB), "next?": shapes.ID}
VIEWERS = 60


def page(service: services.Service, **narrowed: Any) -> dict[str, Any]:
    answer = service.get("/import/images", **narrowed)
    assert answer.status_code == 200, answer.text
    shapes.check(answer.json(), PAGE)
    return dict(answer.json())


def listed(service: services.Service, **narrowed: Any) -> list[str]:
    return [job["id"] for job in page(service, **narrowed)["results"]]


def held(service: services.Service, gallery: galleries.Gallery, name: str, count: int = 3) -> str:
    """A job that has begun and gets no further until its path is released."""
    url = gallery.hang(f"/{name}.jpg", pictures.jpeg(1))
    gallery.hold(f"/{name}.jpg")
    job = service.accept([services.image(f"{url}?{n}", n) for n in range(count)], name)
    gallery.wait(f"/{name}.jpg")
    return job


def test_jobs_come_newest_first_page_by_page_while_others_are_posted(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/list.jpg", pictures.jpeg(1))
    jobs = [shared_service.accept([services.image(url)], "list") for _ in range(7)][::-1]
    assert listed(shared_service, systemName="list") == jobs
    assert listed(shared_service)[:7] == jobs
    seen: list[str] = []
    before: dict[str, str] = {}
    while True:
        found = page(shared_service, systemName="list", limit=3, **before)
        seen += [job["id"] for job in found["results"]]
        shared_service.accept([services.image(url)], "list")
        if "next" not in found:
            break
        before = {"before": found["next"]}
    assert seen == jobs


def test_a_listed_job_has_the_counters_of_its_status_and_is_found_by_its_state(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/counted.jpg", pictures.jpeg(1))
    images = [services.image(url, n) for n in range(3)] + [services.image(url, 1)]
    done = shared_service.accept(images, "counted")
    status = shared_service.wait(done)
    running = held(shared_service, gallery, "running")
    (shown,) = page(shared_service, systemName="counted")["results"]
    assert shown["overview"] == status["overview"]
    assert (shown["finishedAt"], shown["progress"]) == (status["finishedAt"], 1.0)
    assert listed(shared_service, state="started") == [running]
    assert listed(shared_service, state="success", systemName="running") == []
    gallery.release("/running.jpg")
    shared_service.wait(running)
    assert listed(shared_service, state="started") == []
    assert listed(shared_service, systemName="nobody") == []


@pytest.mark.parametrize(
    ("narrowed", "name"),
    [({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"state": "done"}, "state")],
)
def test_a_list_that_cannot_be_is_400(
    shared_service: services.Service, narrowed: dict[str, Any], name: str
) -> None:
    answer = shared_service.get("/import/images", **narrowed)
    shapes.check(answer.json(), shapes.error(400, {name: str}))


def test_an_unknown_place_to_begin_a_page_is_404(shared_service: services.Service) -> None:
    answer = shared_service.get("/import/images", before="nosuchjob")
    shapes.check(answer.json(), shapes.error(404, {"id": str}))


@contextlib.contextmanager
def watching(
    service: services.Service, job: str, **headers: str
) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a job as they come; each with its ``id`` under ``event``."""
    path = f"/api/v1/import/images/{job}/events"
    with service.client.stream("GET", path, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield json.loads(fields["data"]) | {"event": fields["id"]}
            fields = {}


def test_events_tell_the_counters_as_they_change_and_end_with_the_job(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job = held(shared_service, gallery, "told")
    with watching(shared_service, job) as events:
        first = next(events)
        assert (first["state"], first["finished"], first["progress"]) == ("started", False, 0.0)
        gallery.release("/told.jpg")
        last = [*events][-1]
    event = last.pop("event")
    assert last["finished"]
    assert last == {k: v for k, v in shared_service.status(job).items() if k != "images"}

    with watching(shared_service, job) as events:
        assert [one["state"] for one in events] == ["success"]
    path = f"/api/v1/import/images/{job}/events"
    known = shared_service.client.get(path, headers={"Last-Event-ID": event})
    assert (known.status_code, known.content) == (204, b"")


def test_many_watch_at_the_price_of_one(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    """Each sees the end, but one look alone waits when the table of jobs is shut."""
    job = held(shared_service, gallery, "many")
    began = threading.Barrier(VIEWERS + 1)

    def watch(_: int) -> list[dict[str, Any]]:
        headers = shared_service.client.headers
        with httpx.Client(base_url=shared_service.url, headers=headers) as one:
            path = f"/api/v1/import/images/{job}/events"
            with one.stream("GET", path, timeout=60) as answer:
                events = _events(answer)
                seen = [next(events)]
                began.wait(60)
                return [*seen, *events]

    with concurrent.futures.ThreadPoolExecutor(VIEWERS) as pool:
        watched = [pool.submit(watch, n) for n in range(VIEWERS)]
        began.wait(60)
        with psycopg.connect(shared_service.environment["WIREPHOTO_DATABASE_URL"]) as shut:
            shut.execute("lock table jobs in access exclusive mode")
            processes.until(lambda: _looks(shared_service), "somebody looks")
            time.sleep(4 * board._LOOK_SECONDS)  # in which each of them would have come
            assert _looks(shared_service) == 1
        gallery.release("/many.jpg")
        seen = [one.result() for one in watched]
    assert all(events[-1]["finished"] for events in seen)
    assert max(len(events) for events in seen) <= 10


def _looks(service: services.Service) -> int:
    """How many connections of the API wait for the table of jobs."""
    ((waiting,),) = service.sql(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and application_name = 'wirephoto api' and datname = current_database()"
    )
    return int(waiting)


def test_a_cancelled_job_ends_its_streams(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job = held(shared_service, gallery, "ends")
    with watching(shared_service, job) as events:
        next(events)
        shared_service.client.post(f"/api/v1/import/images/{job}/cancel")
        assert [*events][-1]["state"] == "cancelled"
    gallery.release("/ends.jpg")


def test_streams_end_with_the_service_and_it_ends_in_time(
    module_database_url: str, gallery: galleries.Gallery
) -> None:
    with services.serving(module_database_url) as ending:
        job = held(ending, gallery, "term")
        with watching(ending, job) as events:
            next(events)
            begun = time.monotonic()
            ending.process.send_signal(signal.SIGTERM)
            assert [*events] == []
            assert time.monotonic() - begun < 5
        gallery.release("/term.jpg")
        assert ending.process.wait(30) == 0


def test_a_token_that_was_revoked_ends_its_streams(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job = held(shared_service, gallery, "revoked")
    token = shared_service.new_token("public-api:write")
    with watching(shared_service, job, Authorization=f"Bearer {token}") as events:
        next(events)
        shared_service.sql("update tokens set revoked_at = now() where name = 'another'")
        assert [*events] == []
    assert not shared_service.status(job)["finished"]
    gallery.release("/revoked.jpg")
