"""A pair that is known: skipped when nothing changed, updated in place, decided by the last job."""

import json
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures


def entry_of(service: services.Service, row: dict[str, Any]) -> dict[str, Any]:
    return dict(service.get(f"/mediaLibrary/{row['image']['mediaId']}").json())


def bring(service: services.Service, system: str, image: dict[str, Any]) -> dict[str, Any]:
    (row,) = service.bring([image], system)
    return row


def test_an_unchanged_source_is_not_downloaded_again_when_it_answers_304(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/etag.jpg", pictures.jpeg(1), etag='"v1"')
    first, second = (bring(shared_service, "etag", services.image(url)) for _ in range(2))
    asked = gallery.requests("/etag.jpg")
    assert "if-none-match" not in asked[0].headers
    assert asked[1].headers["if-none-match"] == '"v1"'
    shapes.check(second, shapes.SKIPPED | {"reason": "already exists", "attempts": 1})
    assert second["image"] == first["image"]
    assert entry_of(shared_service, second)["version"] == 1


def test_an_unchanged_source_without_validators_is_known_by_its_bytes(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/plain.jpg", pictures.jpeg(2))
    first, second = (bring(shared_service, "bytes", services.image(url)) for _ in range(2))
    shapes.check(second, shapes.SKIPPED | {"reason": "already exists"})
    assert second["image"] == first["image"]
    assert entry_of(shared_service, second)["version"] == 1


def test_the_same_bytes_at_another_url_are_no_change(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    here = gallery.hang("/here.jpg", pictures.jpeg(3), etag='"v1"')
    there = gallery.hang("/there.jpg", pictures.jpeg(3), etag='"v1"')
    bring(shared_service, "moved", services.image(here))
    moved = bring(shared_service, "moved", services.image(there))
    assert moved["state"] == "skipped"
    assert "if-none-match" not in gallery.requests("/there.jpg")[0].headers


@pytest.mark.parametrize("etag", ['"v1"', None], ids=["304", "bytes"])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {"fileName": "another title"}),
        ({}, {"metadata": {"title": "another title"}}),
        ({}, {"metadata": {"caption": "new"}}),
        ({"metadata": {"caption": "old"}}, {"metadata": {}}),
        ({"metadata": {"rating": 1}}, {"metadata": {"rating": True}}),
        ({"metadata": {"rating": [0]}}, {"metadata": {"rating": [False]}}),
        ({"metadata": {"rating": 1}}, {"metadata": {"rating": "1"}}),
    ],
    ids=["fileName", "title", "added", "removed", "1 to true", "0 to false", "1 to text"],
)
def test_what_changed_beside_the_bytes_updates_the_entry_in_place(
    shared_service: services.Service,
    gallery: galleries.Gallery,
    first: dict[str, Any],
    then: dict[str, Any],
    etag: str | None,
    request: pytest.FixtureRequest,
) -> None:
    url = gallery.hang("/meta.jpg", pictures.jpeg(4), etag=etag)
    system = request.node.name
    made = bring(shared_service, system, services.image(url) | first)
    before = entry_of(shared_service, made)
    changed = bring(shared_service, system, services.image(url) | then)
    shapes.check(changed, shapes.SUCCESS)
    after = entry_of(shared_service, changed)
    assert after["id"] == before["id"]
    assert (before["version"], after["version"]) == (1, 2)
    wanted = services.image(url) | then
    expected = {"title": wanted["fileName"]} | wanted["metadata"]
    assert json.dumps(after["metadata"], sort_keys=True) == json.dumps(expected, sort_keys=True)
    assert after["asset"]["key"] == before["asset"]["key"]
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]


def test_new_bytes_update_the_entry_in_place(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/new.jpg", pictures.jpeg(5), etag='"v1"')
    made = bring(shared_service, "new bytes", services.image(url))
    gallery.hang("/new.jpg", pictures.png(20, 10), etag='"v2"')
    changed = bring(shared_service, "new bytes", services.image(url))
    shapes.check(changed, shapes.SUCCESS)
    assert changed["image"]["mediaId"] == made["image"]["mediaId"]
    assert changed["image"]["url"] != made["image"]["url"]
    assert (changed["image"]["width"], changed["image"]["height"]) == (20, 10)
    assert changed["image"]["mimeType"] == "image/png"
    assert entry_of(shared_service, changed)["version"] == 2
    again = bring(shared_service, "new bytes", services.image(url))
    assert again["state"] == "skipped"
    assert gallery.requests("/new.jpg")[-1].headers["if-none-match"] == '"v2"'


def test_a_failed_update_leaves_the_entry_as_it_was(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/breaks.jpg", pictures.jpeg(6))
    made = bring(shared_service, "breaks", services.image(url))
    before = entry_of(shared_service, made)
    gallery.hang("/breaks.jpg", b"<html>")
    assert bring(shared_service, "breaks", services.image(url))["state"] == "failed"
    assert entry_of(shared_service, made) == before


def test_the_job_accepted_last_decides_whichever_finishes_last(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    slow = gallery.hang("/slow.jpg", pictures.jpeg(7))
    quick = gallery.hang("/quick.jpg", pictures.jpeg(8))
    gallery.hold("/slow.jpg")
    earlier = shared_service.accept([services.image(slow, fileName="earlier")], "race")
    gallery.wait("/slow.jpg")
    later = bring(shared_service, "race", services.image(quick, fileName="later"))
    gallery.release("/slow.jpg")
    (superseded,) = shared_service.wait(earlier)["images"]
    expected = {"reason": "superseded by a later import", "title": "later"}
    shapes.check(superseded, shapes.SKIPPED | expected)
    assert superseded["image"] == later["image"]
    entry = entry_of(shared_service, later)
    assert (entry["version"], entry["metadata"]["title"]) == (1, "later")


def test_the_order_of_acceptance_holds_when_the_later_job_changed_nothing(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    good = gallery.hang("/good.jpg", pictures.jpeg(9))
    slow = gallery.hang("/stale.jpg", pictures.jpeg(10))
    bring(shared_service, "stale", services.image(good))
    gallery.hold("/stale.jpg")
    earlier = shared_service.accept([services.image(slow)], "stale")
    gallery.wait("/stale.jpg")
    later = bring(shared_service, "stale", services.image(good))
    gallery.release("/stale.jpg")
    assert later["state"] == "skipped"
    (superseded,) = shared_service.wait(earlier)["images"]
    assert superseded["reason"] == "superseded by a later import"
    key = entry_of(shared_service, later)["asset"]["key"]
    assert later["image"]["url"].endswith(key)


def test_jobs_with_the_same_pairs_at_once_never_double_an_entry(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    urls = [gallery.hang(f"/many/{number}.jpg", pictures.jpeg(number)) for number in range(10)]
    batches = [
        [services.image(url, number, fileName=f"of {turn}") for number, url in enumerate(urls)]
        for turn in range(6)
    ]
    jobs = [shared_service.accept(images, "at once") for images in batches]
    rows = [row for job in jobs for row in shared_service.wait(job)["images"]]
    assert {row["state"] for row in rows} <= {"success", "skipped"}
    entries = shared_service.sql(
        "select external_id, title from entries where system_name = 'at once'"
    )
    assert sorted(entries) == [(str(number), "of 5") for number in range(10)]


def test_the_same_bytes_under_several_ids_are_one_object_and_an_entry_each(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    body = pictures.jpeg(1000, size=3000)
    urls = [gallery.hang(f"/copy/{number}.jpg", body) for number in range(5)]
    images = [services.image(url, number) for number, url in enumerate(urls)]
    rows = shared_service.bring(images, "copies")
    assert {row["state"] for row in rows} == {"success"}
    assert len({row["image"]["mediaId"] for row in rows}) == 5
    (address,) = {row["image"]["url"] for row in rows}
    key = address.partition("serve-image/")[2]
    counted = shared_service.sql("select count(*) from blobs where key = %(key)s", key=key)
    assert counted == [(1,)]
    assert shared_service.client.get(address).content == body


def test_the_same_id_in_two_systems_is_two_entries(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/systems.jpg", pictures.jpeg(11))
    ids = {
        bring(shared_service, system, services.image(url))["image"]["mediaId"]
        for system in ("one system", "another system")
    }
    assert len(ids) == 2
