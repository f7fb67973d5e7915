"""Titles, and metadata as the project's configuration has it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import postgres, shapes
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.db import embedded

CREDIT = "Please say whose picture this is"
PROJECT = {
    "mediaTypes": [
        {
            "handle": "image",
            "type": "mediaImage",
            "metadata": [
                {"handle": "title", "type": "li-text", "config": {"required": True}},
                {
                    "handle": "credit",
                    "type": "li-text",
                    "config": {"required": True, "requiredErrorMessage": CREDIT, "maxLength": 20},
                },
                {"handle": "source", "type": "li-text", "config": {"required": False}},
                {"handle": "rating", "type": "li-integer", "config": {"maxValue": 5}},
                {"handle": "layout", "type": "some-plugin"},
            ],
        },
        {"handle": "graphic", "type": "mediaImage", "metadata": []},
        {"handle": "video", "type": "mediaVideo", "metadata": []},
    ]
}
GOOD = {"credit": "Someone"}


@pytest.fixture(scope="module")
def strict(cluster: embedded.Database) -> Iterator[services.Service]:
    """A service whose project ``default`` has a file; on a database of its own."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(PROJECT))
        with services.serving(postgres.new_database(cluster), data_dir=data_dir) as running:
            yield running


def bring(service: services.Service, system: str, image: dict[str, Any]) -> dict[str, Any]:
    (row,) = service.bring([image], system)
    return row


def metadata_of(service: services.Service, row: dict[str, Any]) -> dict[str, Any]:
    entry = service.get(f"/mediaLibrary/{row['image']['mediaId']}").json()
    return dict(entry["metadata"])


@pytest.mark.parametrize(
    ("metadata", "title"),
    [
        ({}, "the file name"),
        ({"title": "given"}, "given"),
        ({"title": None}, "the file name"),
        ({"title": ""}, "the file name"),
    ],
    ids=["absent", "given", "null", "empty"],
)
def test_the_title_is_that_of_the_metadata_or_else_the_file_name(
    shared_service: services.Service,
    gallery: galleries.Gallery,
    metadata: dict[str, Any],
    title: str,
) -> None:
    url = gallery.hang("/title.jpg", pictures.jpeg(1))
    image = services.image(url, title, fileName="the file name", metadata=metadata)
    (row,) = shared_service.bring([image], f"title {metadata}")
    assert row["title"] == title
    assert metadata_of(shared_service, row)["title"] == title


def test_without_a_project_file_further_metadata_is_kept_as_it_is(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/open.jpg", pictures.jpeg(2))
    given = {"caption": "ä", "shots": [1, 2.5, {"lens": None}], "rights": {"web": True}, "n": None}
    (row,) = shared_service.bring([services.image(url, metadata=given)], "open")
    kept = metadata_of(shared_service, row)
    del given["n"]
    assert kept == {"title": "picture 1"} | given


@pytest.mark.parametrize("name", ["title", "caption", "source", "description"])
def test_without_a_project_file_the_four_texts_are_texts(
    shared_service: services.Service, gallery: galleries.Gallery, name: str
) -> None:
    url = gallery.hang("/texts.jpg", pictures.jpeg(3))
    row = bring(shared_service, "texts", services.image(url, metadata={name: 5}))
    shapes.check(row, shapes.FAILED | {"code": "invalid_metadata", "retryable": False})
    assert row["reason"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, CREDIT),
        ({"credit": "  "}, CREDIT),
        ({"credit": "c" * 21}, "credit: "),
        ({"credit": 7}, "credit: "),
        (GOOD | {"rating": 6}, "rating: "),
        (GOOD | {"rating": True}, "rating: "),
        (GOOD | {"caption": "x"}, '"caption": no such property'),
    ],
    ids=["missing", "blank", "long", "no text", "over", "no integer", "unknown"],
)
def test_what_breaks_a_rule_of_the_project_names_the_property_and_is_not_fetched(
    strict: services.Service,
    gallery: galleries.Gallery,
    metadata: dict[str, Any],
    reason: str,
) -> None:
    url = gallery.hang("/never.jpg", pictures.jpeg(4))
    row = bring(strict, "rules", services.image(url, metadata=metadata))
    shapes.check(row, shapes.FAILED | {"code": "invalid_metadata", "retryable": False})
    assert row["reason"].startswith(reason)
    assert gallery.requests("/never.jpg") == []


def test_what_keeps_the_rules_is_taken_and_the_file_name_meets_a_required_title(
    strict: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/kept.jpg", pictures.jpeg(5))
    given = GOOD | {"rating": 5, "layout": [{"x": 1}], "source": None}
    row = bring(strict, "kept", services.image(url, metadata=given))
    kept = metadata_of(strict, row)
    assert kept == {"title": "picture 1", "credit": "Someone", "rating": 5, "layout": [{"x": 1}]}


def test_one_wrong_image_does_not_stop_the_others(
    strict: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/others.jpg", pictures.jpeg(6))
    images = [services.image(url, 1), services.image(url, 2, metadata=GOOD)]
    rows = strict.bring(images, "others")
    assert [row["state"] for row in rows] == ["failed", "success"]


@pytest.mark.parametrize("handle", ["sculpture", "video", "", "IMAGE"])
def test_a_media_type_that_the_project_has_not_for_images_fails_its_image(
    strict: services.Service, gallery: galleries.Gallery, handle: str
) -> None:
    url = gallery.hang("/type.jpg", pictures.jpeg(7))
    row = bring(strict, "types", services.image(url, metadata=GOOD, mediaType=handle))
    shapes.check(row, shapes.FAILED | {"code": "unknown_media_type", "retryable": False})


def test_another_media_type_updates_the_entry(
    strict: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/retyped.jpg", pictures.jpeg(8), etag='"v1"')
    made = bring(strict, "retyped", services.image(url, mediaType="graphic"))
    again = bring(strict, "retyped", services.image(url, metadata=GOOD))
    entry = strict.get(f"/mediaLibrary/{made['image']['mediaId']}").json()
    assert (made["state"], again["state"]) == ("success", "success")
    assert (entry["mediaType"], entry["version"]) == ("image", 2)
