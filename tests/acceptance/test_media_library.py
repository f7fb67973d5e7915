"""The library that imports fill: one entry, several by their ids, one by its pair."""

from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

SYSTEM = "library"


@pytest.fixture(scope="module")
def rows(shared_service: services.Service, gallery: galleries.Gallery) -> list[dict[str, Any]]:
    """Three images in the library."""
    images = [
        services.image(
            gallery.hang(f"/{number}.jpg", pictures.jpeg(number, size=500)),
            number,
            metadata={"caption": f"caption {number}"},
        )
        for number in range(3)
    ]
    return shared_service.bring(images, SYSTEM)


@pytest.fixture(scope="module")
def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["image"]["mediaId"] for row in rows]


def listed(service: services.Service, version: str = "v1", **params: str) -> Any:
    answer = service.client.get(f"/api/{version}/mediaLibrary", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_one_chunk_brought_is_listed_in_its_order_the_last_one_first(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/together.jpg", pictures.jpeg(1, size=500))
    names = list("52706143")
    shared_service.bring([services.image(url, name) for name in names], "together")
    found = listed(shared_service, systemName="together")
    assert [entry["externalId"] for entry in found] == names[::-1]


def test_an_entry_has_what_was_imported(
    shared_service: services.Service, rows: list[dict[str, Any]]
) -> None:
    image = rows[1]["image"]
    answer = shared_service.get(f"/mediaLibrary/{image['mediaId']}")
    assert answer.status_code == 200
    expected = shapes.ENTRY | {
        "id": image["mediaId"],
        "version": 1,
        "systemName": SYSTEM,
        "externalId": "1",
        "mediaType": "image",
        "metadata": {"title": "picture 1", "caption": "caption 1"},
    }
    expected["asset"] = {
        "key": image["url"].partition("serve-image/")[2],
        "url": image["url"],
        "size": len(pictures.jpeg(1, size=500)),
        "width": 8,
        "height": 6,
        "filename": "picture 1",
        "mimeType": "image/jpeg",
    }
    shapes.check(answer.json(), expected)


def test_entries_come_in_the_order_of_the_ids_asked_and_each_once(
    shared_service: services.Service, ids: list[str]
) -> None:
    asked = [ids[2], "nothing", ids[0], ids[1], ids[2]]
    found = listed(shared_service, ids=",".join(asked))
    shapes.check(found, shapes.Each(shapes.ENTRY))
    assert [entry["id"] for entry in found] == [ids[2], ids[0], ids[1]]


def test_spaces_and_empty_parts_among_the_ids_do_not_matter(
    shared_service: services.Service, ids: list[str]
) -> None:
    found = listed(shared_service, ids=f" {ids[0]} ,, {ids[1]},")
    assert [entry["id"] for entry in found] == ids[:2]


def test_an_entry_is_found_by_its_pair(shared_service: services.Service, ids: list[str]) -> None:
    (found,) = listed(shared_service, systemName=SYSTEM, externalId="2")
    assert found["id"] == ids[2]
    assert listed(shared_service, systemName="another", externalId="2") == []


@pytest.mark.parametrize(
    ("version", "wraps"), [("v1", False), ("2025-11", False), ("2026-01", True), ("2026-11", True)]
)
def test_lists_are_bare_in_v1_and_wrapped_from_2026_01_on(
    shared_service: services.Service, ids: list[str], version: str, wraps: bool
) -> None:
    found = listed(shared_service, version, ids=ids[0])
    shapes.check(found, {"results": list} if wraps else list)
    (entry,) = found["results"] if wraps else found
    shapes.check(entry, shapes.ENTRY)
    assert f"/api/{version}/" in entry["asset"]["url"]


@pytest.mark.parametrize("id_", ["nothing", "a%00b", "%F0%9F%98%80", "a" * 3000])
def test_an_entry_that_is_not_there_is_404(shared_service: services.Service, id_: str) -> None:
    answer = shared_service.client.get(f"/api/v1/mediaLibrary/{id_}")
    assert answer.status_code == 404
    shapes.check(answer.json(), shapes.error(404, {"id": str}))


@pytest.mark.parametrize(
    ("params", "field"),
    [({"externalId": "1"}, "systemName"), ({"ids": ",".join(map(str, range(1001)))}, "ids")],
    ids=["half a pair", "1001 ids"],
)
def test_a_list_that_asks_for_half_a_pair_or_too_much_is_400(
    shared_service: services.Service, params: dict[str, str], field: str
) -> None:
    answer = shared_service.get("/mediaLibrary", **params)
    assert answer.status_code == 400
    shapes.check(answer.json(), shapes.error(400, {field: str}))


@pytest.mark.parametrize("ids_", ["", "\0", "a\0b,c"])
def test_ids_that_nothing_can_have_find_nothing(
    shared_service: services.Service, ids_: str
) -> None:
    assert listed(shared_service, ids=ids_) == []
