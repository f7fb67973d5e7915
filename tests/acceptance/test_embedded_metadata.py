"""What pictures say of themselves: filled in as the project maps it, kept whole beside that."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.files import builders, shown
from tests.fixtures import desk as editing
from tests.fixtures import gallery as galleries
from tests.fixtures import postgres, processes
from tests.fixtures import service as services
from wirephoto.cli.demo.pictures import embedded as writing
from wirephoto.db import embedded

PROJECT = {
    "mediaTypes": [
        {
            "handle": "image",
            "type": "mediaImage",
            "metadata": [
                {"handle": "title", "type": "li-text"},
                {
                    "handle": "caption",
                    "type": "li-text",
                    "config": {"required": True, "index": True},
                },
                {"handle": "creator", "type": "li-text", "config": {"index": True}},
                {"handle": "keywords", "type": "li-text"},
                {"handle": "words", "type": "li-string-list"},
                {"handle": "credit", "type": "li-text", "config": {"maxLength": 3}},
            ],
            "exifExtraction": {
                "mappings": [
                    {"field": "Caption/Abstract", "metadataPropertyName": "caption"},
                    {"field": "Headline", "metadataPropertyName": "creator"},
                    {"field": "By-line", "metadataPropertyName": "creator"},
                    {"field": "Keywords", "metadataPropertyName": "keywords"},
                    {"field": "Keywords", "metadataPropertyName": "words"},
                    {"field": "Credit", "metadataPropertyName": "credit"},
                ]
            },
        }
    ]
}
CAPTION = writing.Caption("Harbour", "Boats at dawn", "Ada Färber", ("boats", "dawn"))


def jpeg(number: int) -> bytes:
    return builders.jpeg(
        builders.segment(0xFE, str(number).encode()), builders.frame(7, 5), builders.scan()
    )


def described(number: int, caption: writing.Caption = CAPTION) -> bytes:
    return writing.iim_in_jpeg(jpeg(number), caption)


@pytest.fixture(scope="module")
def desk(cluster: embedded.Database) -> Iterator[services.Service]:
    """A service whose project maps embedded fields."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(PROJECT))
        with services.serving(postgres.new_database(cluster), data_dir=data_dir) as running:
            yield running


def entry_of(service: services.Service, row: dict[str, Any]) -> dict[str, Any]:
    return dict(service.get(f"/mediaLibrary/{row['image']['mediaId']}").json())


def bring(service: services.Service, system: str, image: dict[str, Any]) -> dict[str, Any]:
    (row,) = service.bring([image], system)
    return row


def test_embedded_values_fill_in_and_the_record_is_kept_whole(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/described.jpg", described(1))
    entry = entry_of(desk, bring(desk, "fill", services.image(url)))
    assert entry["metadata"] == {
        "title": "picture 1",
        "caption": "Boats at dawn",
        "creator": "Ada Färber",
        "keywords": "boats, dawn",
        "words": ["boats", "dawn"],
    }
    assert entry["embedded"]["fields"]["creditLine"] == "wirephoto demo"
    assert entry["embedded"]["iim"]["2:25"] == ["boats", "dawn"]
    assert entry["embedded"]["notes"] == [
        "not filled in: credit: must be at most 3 characters (it has 14)"
    ]


def test_what_the_caller_sends_wins_over_what_is_embedded(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/both.jpg", described(2))
    given = {"caption": "mine", "keywords": "", "creator": None, "words": ["w"], "credit": "C"}
    entry = entry_of(desk, bring(desk, "caller", services.image(url, metadata=given)))
    assert entry["metadata"] == {
        "title": "picture 1",
        "caption": "mine",
        "creator": "Ada Färber",
        "keywords": "",
        "words": ["w"],
        "credit": "C",
    }
    assert "notes" not in entry["embedded"]


def test_required_is_checked_after_embedded_values_have_filled_in(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    bare = gallery.hang("/bare.jpg", jpeg(3))
    blank = gallery.hang("/blank.jpg", described(4, writing.Caption("T", "  ", "C", ())))
    rows = desk.bring([services.image(bare, 1), services.image(blank, 2)], "required")
    assert [(row["state"], row["code"]) for row in rows] == [("failed", "invalid_metadata")] * 2
    assert {row["reason"] for row in rows} == {"caption: is required"}


def test_a_picture_that_is_unchanged_at_its_origin_keeps_what_is_embedded(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/kept.jpg", described(5), etag='"v1"')
    made = bring(desk, "unchanged", services.image(url))
    again = bring(desk, "unchanged", services.image(url))
    assert (made["state"], again["state"]) == ("success", "skipped")
    changed = bring(desk, "unchanged", services.image(url, metadata={"creator": "Other"}))
    entry = entry_of(desk, changed)
    assert (changed["state"], entry["version"]) == ("success", 2)
    assert entry["metadata"]["caption"] == "Boats at dawn"
    assert entry["metadata"]["creator"] == "Other"
    back = entry_of(desk, bring(desk, "unchanged", services.image(url)))
    assert back["metadata"]["creator"] == "Ada Färber"
    assert len(gallery.requests("/kept.jpg")) == 4


def test_a_dry_run_foresees_an_entry_whose_metadata_is_embedded(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/foreseen.jpg", described(6))
    image = services.image(url)
    batch = {"systemName": "foreseen", "images": [image]}
    first = desk.post(batch, params={"dryRun": "true"}).json()
    bring(desk, "foreseen", image)
    second = desk.post(batch, params={"dryRun": "true"}).json()
    assert [one["images"][0]["state"] for one in (first, second)] == ["create", "exists"]


def test_broken_metadata_never_fails_a_picture_and_is_said(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    data = writing.iim_in_jpeg(jpeg(7), CAPTION)
    broken = builders.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><a></b>")
    exif = builders.segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")
    url = gallery.hang("/broken.jpg", data[:2] + exif + broken + data[2:])
    entry = entry_of(desk, bring(desk, "broken", services.image(url)))
    assert entry["metadata"]["caption"] == "Boats at dawn"
    assert entry["embedded"]["notes"][:2] == [
        "EXIF: parts of it are damaged and were not read",
        "XMP: a packet was not read: not well-formed",
    ]


def test_a_picture_without_metadata_has_no_record(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/nothing.jpg", jpeg(8))
    (row,) = shared_service.bring([services.image(url)], "nothing")
    assert "embedded" not in entry_of(shared_service, row)


def register(service: services.Service, number: int, data: bytes, **more: Any) -> dict[str, Any]:
    """What becomes of a picture in storage that is registered under a key of its own."""
    key = editing.lay(service, f"registered/{number}.jpg", data)
    given = {"mediaType": "image", "asset": {"key": key}, **more}
    answer = service.client.post(
        "/api/v1/import/mediaLibrary", json={"mediaLibraryEntries": [given]}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["mediaLibraryEntries"][0])


def test_a_picture_that_is_registered_fills_in_as_one_that_is_imported(
    desk: services.Service,
) -> None:
    made = register(desk, 11, described(11), metadata={"creator": "Mine", "words": None})
    assert made["ok"], made
    entry = editing.entry(desk, made["id"])
    assert entry["metadata"] == {
        "title": "11.jpg",
        "caption": "Boats at dawn",
        "creator": "Mine",
        "keywords": "boats, dawn",
        "words": ["boats", "dawn"],
    }
    assert entry["embedded"]["iim"]["2:80"] == ["Ada Färber"]
    assert entry["embedded"]["notes"] == [
        "not filled in: credit: must be at most 3 characters (it has 14)"
    ]
    again = register(desk, 11, described(11))  # its picture is known by now
    assert again["record"]["metadata"]["creator"] == "Ada Färber"


def test_what_is_required_and_neither_said_nor_embedded_refuses_a_registration(
    desk: services.Service,
) -> None:
    made = register(desk, 12, jpeg(12))
    assert (made["status"], made["error_details"]["metadata"]) == (400, "caption: is required")
    assert register(desk, 12, jpeg(12), metadata={"caption": "Said"})["ok"]


def test_a_replaced_picture_takes_along_what_it_filled_in_and_nothing_else(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/to-be-replaced.jpg", described(13))
    made = entry_of(desk, bring(desk, "replace", services.image(url, metadata={"words": ["w"]})))
    other = writing.Caption("Pier", "Nets on the pier", "Bo Dahl", ("nets",))
    key = editing.lay(desk, "replacing/13.jpg", described(14, other))
    replace = {"operation": "replaceAsset", "value": {"key": key}}
    answer = editing.patch(desk, made["id"], editing.set_("creator", "Edited"), replace)
    assert answer.status_code == 200, answer.text
    entry = editing.entry(desk, made["id"])
    assert entry["metadata"] == {
        "title": "picture 1",
        "caption": "Nets on the pier",
        "creator": "Edited",
        "keywords": "nets",
        "words": ["w"],
    }
    assert entry["embedded"]["iim"]["2:80"] == ["Bo Dahl"]
    told = {change["path"] for change in editing.history(desk, made["id"])["results"][0]["changes"]}
    assert {"metadata.caption", "metadata.keywords", "metadata.creator"} <= told


def test_a_replacement_that_takes_away_what_is_required_is_refused_unless_it_is_set(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/required.jpg", described(15))
    made = entry_of(desk, bring(desk, "replace-required", services.image(url)))
    key = editing.lay(desk, "replacing/16.jpg", jpeg(16))
    replace = {"operation": "replaceAsset", "value": {"key": key}}
    answer = editing.patch(desk, made["id"], replace)
    assert (answer.status_code, answer.json()["error_details"]) == (
        400,
        {"patches.0.value": "caption: is required"},
    )
    assert editing.entry(desk, made["id"]) | made == editing.entry(desk, made["id"])
    answer = editing.patch(desk, made["id"], replace, editing.set_("caption", "Set"))
    assert answer.status_code == 200, answer.text
    assert editing.entry(desk, made["id"])["metadata"] == {"title": "picture 1", "caption": "Set"}


def test_an_archive_is_imported_found_corrected_brought_up_to_date_and_shown_small(
    desk: services.Service, gallery: galleries.Gallery
) -> None:
    """From the front door to the thumbnail, as a picture desk works."""
    photo = shown.turned(1)

    def hang(number: int, text: str) -> dict[str, Any]:
        caption = writing.Caption("Harbour", text, f"Photographer{number} Färber", ("boats",))
        data = writing.iim_in_jpeg(photo, caption)
        path = f"/archive/{number}.jpg"
        url = gallery.hang(path, data, etag=f'"{text.replace(" ", "-")}"')
        return services.image(url, f"archive-{number}", fileName=f"{number}.jpg")

    images = [hang(number, f"Kutter{number} vor Anker") for number in range(10)]
    first = desk.bring(images, "archive-walk")
    assert [row["state"] for row in first] == ["success"] * 10

    def search(words: str) -> list[str]:
        listed = desk.get("/mediaLibrary", search=words, systemName="archive-walk").json()
        return [entry["id"] for entry in listed]

    ids = [row["image"]["mediaId"] for row in first]
    processes.until(lambda: len(search("farber")) == 10, "all are found")
    assert search("Photographer3") == [ids[3]]
    assert search("kutter7 anker") == [ids[7]]

    assert editing.patch(desk, ids[3], editing.set_("caption", "Dampfer")).status_code == 200
    processes.until(lambda: search("dampfer") == [ids[3]], "what was corrected is found")

    images[7] = hang(7, "Segler im Hafen")
    again = desk.bring(images, "archive-walk")
    assert [row["state"] for row in again] == ["skipped"] * 7 + ["success"] + ["skipped"] * 2
    assert [row["image"]["mediaId"] for row in again] == ids
    assert editing.entry(desk, ids[3])["metadata"]["caption"] == "Dampfer"
    assert editing.entry(desk, ids[7])["metadata"]["caption"] == "Segler im Hafen"
    processes.until(lambda: search("segler") == [ids[7]], "what changed is found")

    small = httpx.get(again[7]["image"]["url"], params={"w": 80, "fm": "webp"}, timeout=30)
    assert (small.status_code, small.headers["Content-Type"]) == (200, "image/webp")
    assert len(small.content) < len(photo)
