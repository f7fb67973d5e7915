"""The examples of the public page, posted as they stand; answers compared by their shapes."""

import json
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures


def example(url: str, **more: Any) -> dict[str, Any]:
    """The page's request, its image at ``url``."""
    image = {
        "url": url,
        "id": "1",
        "fileName": "Der Eiger im Morgenlicht",
        "metadata": {"caption": "Die Nordwand", "source": "Archiv"},
        **more,
    }
    return {"systemName": "identifier-for-your-system", "images": [image]}


@pytest.mark.parametrize("more", [{}, {"mediaType": "image"}], ids=["without", "with"])
def test_the_example_request_is_accepted_with_and_without_a_media_type(
    shared_service: services.Service, gallery: galleries.Gallery, more: dict[str, Any]
) -> None:
    url = gallery.hang("/1.jpg", pictures.jpeg(1))
    answer = shared_service.post(example(url, **more))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    shapes.check(answer.json(), {"id": shapes.ID})
    status = shared_service.wait(answer.json()["id"])
    assert status["overview"]["details"]["failed"] == 0


def test_a_running_job_shows_its_state_and_counters_and_no_rows(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/running.jpg", pictures.jpeg(2))
    gallery.hold("/running.jpg")
    job = shared_service.accept([services.image(url)], "running")
    gallery.wait("/running.jpg")
    status = shared_service.status(job)
    gallery.release("/running.jpg")
    shapes.check(status, shapes.RUNNING | {"state": "started", "startedAt": shapes.INSTANT})
    assert status["overview"] == {"total": 1, "details": {"success": 0, "skipped": 0, "failed": 0}}
    assert shared_service.wait(job)["finished"] is True


def test_a_finished_job_shows_a_row_for_each_image_in_the_order_posted(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    good = gallery.hang("/done.jpg", pictures.jpeg(3))
    system = "done"
    shared_service.bring([services.image(good, "known")], system)
    images = [
        services.image(gallery.hang("/new.jpg", pictures.jpeg(4)), "new"),
        services.image(good, "known"),
        services.image(good.replace("done", "nothing"), "missing"),
    ]
    status = shared_service.wait(shared_service.accept(images, system))
    shapes.check(status, shapes.DONE)
    assert status["overview"] == {"total": 3, "details": {"success": 1, "skipped": 1, "failed": 1}}
    new, known, missing = status["images"]
    shapes.check(new, shapes.SUCCESS | {"externalId": "new", "systemName": system, "title": str})
    shapes.check(known, shapes.SKIPPED | {"externalId": "known", "reason": "already exists"})
    shapes.check(missing, shapes.FAILED | {"externalId": "missing", "httpStatus": 404})


def test_the_webhook_carries_source_id_state_overview_and_context(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    url = gallery.hang("/hook.jpg", pictures.jpeg(5))
    body = example(url) | {"webhook": f"{receiver.url}/hook", "context": {"some": "context"}}
    job = shared_service.post(body).json()["id"]
    (received,) = receiver.wait("/hook")
    shapes.check(
        json.loads(received.body),
        shapes.WEBHOOK | {"id": job, "context": {"some": "context"}},
    )


def test_a_job_of_failures_alone_is_a_success_whose_rows_say_what_failed(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    gone = gallery.hang("/x", b"").replace("/x", "/gone")
    status = shared_service.wait(shared_service.accept([services.image(gone)], "failures"))
    assert (status["finished"], status["state"]) == (True, "success")
    assert status["overview"]["details"] == {"success": 0, "skipped": 0, "failed": 1}


def test_an_unknown_job_is_404(shared_service: services.Service) -> None:
    answer = shared_service.get("/import/images/status", id="25bzj8j")
    assert answer.status_code == 404
    shapes.check(answer.json(), shapes.error(404, {"id": str}))


def test_a_status_without_id_is_400_by_the_name_of_the_parameter(
    shared_service: services.Service,
) -> None:
    answer = shared_service.get("/import/images/status")
    assert answer.status_code == 400
    shapes.check(answer.json(), shapes.error(400, {"id": str}))
