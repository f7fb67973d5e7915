"""Cancel: what is done stays, all else gets one row that says so, and the webhook leaves once."""

import concurrent.futures
import contextlib
import json
import time
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

CANCELLED_HEAD = {
    "finished": True,
    "state": "cancelled",
    "id": shapes.ID,
    "startedAt?": shapes.INSTANT,
    "finishedAt": shapes.INSTANT,
    "overview": {
        "total": int,
        "details": {"success": int, "skipped": int, "failed": int, "cancelled?": int},
    },
}
CANCELLED_ROW = {
    **shapes.FAILED,
    "state": "cancelled",
    "status": "cancelled",
    "code": "cancelled",
    "reason": "the import was cancelled",
    "retryable": True,
}


def cancel(service: services.Service, job: str) -> dict[str, Any]:
    answer = service.client.post(f"/api/v1/import/images/{job}/cancel")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def begun(
    service: services.Service, gallery: galleries.Gallery, name: str, count: int = 20, **more: Any
) -> str:
    """A job whose first pictures are in, and whose others are held back by their origin.

    The first are of an origin of their own: they would wait for a connection behind what is held.
    """
    gallery.hang(f"/{name}/held.jpg", pictures.jpeg(1))
    gallery.hold(f"/{name}/held.jpg")
    held = gallery.hang(f"/{name}/held.jpg", pictures.jpeg(1))
    with contextlib.closing(galleries.Gallery()) as free:
        urls = [free.hang(f"/{name}/{n}.jpg", pictures.jpeg(n)) for n in range(8)]
        urls += [f"{held}?{n}" for n in range(8, count)]
        images = [services.image(url, n) for n, url in enumerate(urls)]
        job = service.accept(images, name, **more)
        _until(service, job, 8)
    gallery.wait(f"/{name}/held.jpg")
    return job


def _until(service: services.Service, job: str, done: int) -> None:
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    while service.status(job)["overview"]["details"]["success"] < done:
        assert time.monotonic() < deadline, service.status(job)
        time.sleep(0.05)


def test_what_is_done_stays_and_all_else_is_cancelled_once(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    job = begun(shared_service, gallery, "stays", webhook=f"{receiver.url}/stays", context={"a": 1})
    head = cancel(shared_service, job)
    shapes.check(head, CANCELLED_HEAD)
    gallery.release("/stays/held.jpg")
    status = shared_service.status(job)
    rows = status.pop("images")
    assert status == head
    assert [row["externalId"] for row in rows] == [str(n) for n in range(20)]
    assert {row["state"] for row in rows[:8]} == {"success"}
    for row in rows[8:]:
        shapes.check(row, CANCELLED_ROW)
    expected = {"success": 8, "skipped": 0, "failed": 0, "cancelled": 12}
    assert head["overview"] == {"total": 20, "details": expected}

    (received,) = receiver.wait("/stays")
    assert json.loads(received.body) == {
        "source": "livingdocs-image-import",
        "id": job,
        "state": "cancelled",
        "overview": head["overview"],
        "context": {"a": 1},
    }
    only = shared_service.status(job, state="cancelled")["images"]
    assert len(only) == 12


def test_pictures_that_were_in_the_air_are_dropped(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    """The worker that held their chunk comes back, and finds nothing to write."""
    job = begun(shared_service, gallery, "air", count=12)
    head = cancel(shared_service, job)
    gallery.release("/air/held.jpg")
    after = shared_service.bring([services.image(gallery.hang("/air/x.jpg", pictures.jpeg(99)))])
    assert after[0]["state"] == "success"
    status = shared_service.status(job)
    assert status["overview"] == head["overview"]
    assert [row["state"] for row in status["images"]] == ["success"] * 8 + ["cancelled"] * 4
    ((entries,),) = shared_service.sql("select count(*) from entries where system_name = 'air'")
    assert entries == 8


def test_a_large_job_that_has_hardly_begun_is_ended_with_all_its_chunks(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/queued.jpg", pictures.jpeg(1))
    images = [services.image(url, n) for n in range(3000)]
    job = shared_service.accept(images, "queued")
    head = cancel(shared_service, job)
    details = head["overview"]["details"]
    assert sum(details.values()) == 3000
    assert head["state"] == "cancelled"
    status = shared_service.status(job)
    assert len(status["images"]) == 3000
    ((left,),) = shared_service.sql(
        "select count(*) from chunks c join jobs j on j.id = c.job_id where j.public_id = %(job)s",
        job=job,
    )
    assert left == 0


def test_cancelling_again_or_too_late_changes_nothing_and_says_how_it_ended(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    job = begun(shared_service, gallery, "again", count=10, webhook=f"{receiver.url}/again")
    first = cancel(shared_service, job)
    gallery.release("/again/held.jpg")
    assert cancel(shared_service, job) == first

    url = gallery.hang("/late.jpg", pictures.jpeg(1))
    done = shared_service.accept([services.image(url)], "late", webhook=f"{receiver.url}/late")
    status = shared_service.wait(done)
    late = cancel(shared_service, done)
    assert late == {key: value for key, value in status.items() if key != "images"}
    assert late["state"] == "success"
    receiver.wait("/late")
    receiver.wait("/again")
    ((deliveries,),) = shared_service.sql(
        "select count(*) from deliveries d join jobs j on j.id = d.job_id"
        " where j.public_id in (%(one)s, %(other)s)",
        one=job,
        other=done,
    )
    assert deliveries == 2


@pytest.mark.parametrize("turn", range(3))
def test_many_who_cancel_while_it_runs_leave_every_row_once_and_one_webhook(
    shared_service: services.Service,
    gallery: galleries.Gallery,
    receiver: receivers.Receiver,
    turn: int,
) -> None:
    urls = [gallery.hang(f"/race/{n}.jpg", pictures.jpeg(n)) for n in range(20)]
    images = [services.image(urls[n % 20], n) for n in range(300)]
    system, path = f"race {turn}", f"/race{turn}"
    job = shared_service.accept(images, system, webhook=receiver.url + path)
    _until(shared_service, job, 1 + turn * 60)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        heads = list(pool.map(cancel, [shared_service] * 8, [job] * 8))
    assert all(head == heads[0] for head in heads)
    details = heads[0]["overview"]["details"]
    assert sum(details.values()) == 300
    rows = shared_service.status(job)["images"]
    assert len(rows) == 300
    for state in ("success", "cancelled"):
        assert sum(row["state"] == state for row in rows) == details.get(state, 0)
    ((entries,),) = shared_service.sql(
        "select count(*) from entries where system_name = %(system)s", system=system
    )
    assert entries == details["success"]
    (received,) = receiver.wait(path)
    assert json.loads(received.body)["overview"] == heads[0]["overview"]


def test_a_cancelled_job_gives_way_to_others_at_once(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    """What waits for a try hours ahead is ended, too."""
    images = [services.image(f"http://127.0.0.1:1/{n}.jpg", n) for n in range(5)]
    job = shared_service.accept(images, "waiting")
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    waiting = "select count(*) from chunks c join jobs j on j.id = c.job_id"
    while not shared_service.sql(
        f"{waiting} where j.public_id = %(job)s and c.tries > 0 having count(*) > 0", job=job
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cancel(shared_service, job)
    rows = shared_service.status(job)["images"]
    assert {row["state"] for row in rows} == {"cancelled"}
    assert {row["attempts"] for row in rows} == {1}


def test_jobs_of_others_and_unknown_ones_are_404(shared_service: services.Service) -> None:
    for job in ("nosuchjob", "a%00b"):
        for act in ("cancel", "retry"):
            answer = shared_service.client.post(f"/api/v1/import/images/{job}/{act}")
            shapes.check(answer.json(), shapes.error(404, {"id": str}))
