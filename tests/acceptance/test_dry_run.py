"""``dryRun``: what a batch would become, image by image, and not a trace of it anywhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

PROJECT = {
    "mediaTypes": [
        {
            "handle": "image",
            "type": "mediaImage",
            "metadata": [{"handle": "caption", "type": "li-text", "config": {"maxLength": 9}}],
        }
    ]
}
ROW = {"externalId": str, "systemName": str, "title": str}
SHAPES = {
    "create": {"state": "create", "status": "create", **ROW},
    "update": {"state": "update", "status": "update", **ROW, "mediaId": shapes.ID},
    "exists": {"state": "exists", "status": "exists", **ROW, "mediaId": shapes.ID},
    "invalid": {"state": "invalid", "status": "invalid", **ROW, "reason": str, "code": str},
}
TABLES = ("jobs", "images", "results", "chunks", "entries", "blobs", "request_keys", "quota_days")


@pytest.fixture(scope="module")
def strict(module_database_url: str) -> Iterator[services.Service]:
    """A service whose project takes one property."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(PROJECT))
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


def dry(
    service: services.Service, images: list[dict[str, Any]], system: str, **more: Any
) -> dict[str, Any]:
    answer = service.client.post(
        "/api/v1/import/images?dryRun=true", json={"systemName": system, "images": images}, **more
    )
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert set(document) == {"dryRun", "overview", "images"}
    assert document["dryRun"] is True
    for row in document["images"]:
        shapes.check(row, SHAPES[row["state"]])
    details = document["overview"]["details"]
    assert list(details) == ["create", "update", "exists", "invalid"]
    for state, count in details.items():
        assert count == sum(row["state"] == state for row in document["images"])
    assert document["overview"]["total"] == len(images)
    return dict(document)


def kept(service: services.Service) -> list[int]:
    """Rows of every table that an import writes to, tasks included."""
    found = []
    for table in (*TABLES, "procrastinate_jobs"):
        ((count,),) = service.sql(f"select count(*) from {table}")
        found.append(count)
    return found


def test_it_says_what_the_import_then_does_and_leaves_no_trace(
    strict: services.Service, gallery: galleries.Gallery
) -> None:
    urls = [gallery.hang(f"/dry/{n}.jpg", pictures.jpeg(n)) for n in range(5)]
    known = [services.image(url, n, metadata={"caption": "x"}) for n, url in enumerate(urls[:4])]
    strict.bring(known, "dry")
    asked = len(gallery.asked)
    images = [
        known[0],
        known[1] | {"fileName": "another title"},
        known[2] | {"metadata": {"caption": "y"}},
        known[3] | {"url": urls[4]},
        services.image(urls[4], "new", metadata={"caption": None}),
        services.image(urls[4], "new"),
        services.image(urls[4], "video", mediaType="video"),
        services.image(urls[4], "long", metadata={"caption": "ten letters"}),
        services.image(urls[4], "odd", metadata={"colour": "red"}),
    ]
    before = kept(strict)
    foreseen = dry(strict, images, "dry", headers={"Idempotency-Key": "dry"})
    assert kept(strict) == before
    assert len(gallery.asked) == asked
    rows = foreseen["images"]
    assert [row["state"] for row in rows] == [
        *("exists", "update", "update", "update", "create"),
        *("invalid",) * 4,
    ]
    assert [row["code"] for row in rows[5:]] == [
        *("duplicate_id", "unknown_media_type", "invalid_metadata", "invalid_metadata")
    ]
    assert rows[1]["title"] == "another title"

    done = strict.bring(images, "dry")
    states = {"exists": "skipped", "update": "success", "create": "success", "invalid": "failed"}
    assert [row["state"] for row in done] == [states[row["state"]] for row in rows]
    assert [row.get("reason") for row in done[5:]] == [row["reason"] for row in rows[5:]]
    for foreseen_row, row in zip(rows[:4], done[:4], strict=True):
        assert foreseen_row["mediaId"] == row["image"]["mediaId"]
    again = dry(strict, images[:5], "dry")
    assert {row["state"] for row in again["images"]} == {"exists"}


def test_metadata_is_compared_as_the_library_keeps_it(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/compared.jpg", pictures.jpeg(1))
    metadata = {"b": 1.0, "a": [True, {"x": "ä"}], "c": None, "title": "given"}
    shared_service.bring([services.image(url, metadata=metadata)], "compared")
    same = {"title": "given", "a": [True, {"x": "ä"}], "b": 1}
    for value, state in ((same, "exists"), (same | {"b": True}, "update")):
        (row,) = dry(shared_service, [services.image(url, metadata=value)], "compared")["images"]
        assert row["state"] == state
        assert row["title"] == "given"


def test_an_address_that_would_be_refused_is_invalid(shared_service: services.Service) -> None:
    images = [
        services.image("http://169.254.169.254/x.jpg", "metadata"),
        services.image("http://e.example:6379/x.jpg", "redis"),
    ]
    rows = dry(shared_service, images, "guarded")["images"]
    assert (rows[0]["state"], rows[0]["code"]) == ("invalid", "blocked_address")


def test_a_request_that_is_wrong_as_a_whole_is_400_all_the_same(
    shared_service: services.Service,
) -> None:
    answer = shared_service.client.post(
        "/api/v1/import/images?dryRun=1", json={"systemName": "wrong", "images": []}
    )
    shapes.check(answer.json(), shapes.error(400, {"images": str}))
    unclear = shared_service.client.post(
        "/api/v1/import/images?dryRun=perhaps",
        json={"systemName": "wrong", "images": [services.image("http://e.example/")]},
    )
    shapes.check(unclear.json(), shapes.error(400, {"dryRun": str}))


def test_dry_run_false_imports(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/wet.jpg", pictures.jpeg(1))
    answer = shared_service.client.post(
        "/api/v1/import/images?dryRun=false",
        json={"systemName": "wet", "images": [services.image(url)]},
    )
    assert shared_service.wait(answer.json()["id"])["images"][0]["state"] == "success"


def test_more_than_one_block_comes_in_the_order_posted(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/blocks.jpg", pictures.jpeg(1))
    shared_service.bring([services.image(url, 1500)], "blocks")
    images = [services.image(url, n, fileName=f"picture {n}") for n in range(2100)]
    rows = dry(shared_service, images, "blocks")["images"]
    assert [row["externalId"] for row in rows] == [str(n) for n in range(2100)]
    assert [n for n, row in enumerate(rows) if row["state"] != "create"] == [1500]
