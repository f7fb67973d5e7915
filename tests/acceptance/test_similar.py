"""What the library says of how pictures look, and which are alike."""

from typing import Any

import pytest

from tests.files import shown
from tests.fixtures import described, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures


@pytest.fixture(scope="module")
def entries(shared_service: services.Service, gallery: galleries.Gallery) -> dict[str, str]:
    """Ids of entries by the names of their pictures, all described."""
    quarters = shown.quarters()
    hung = {
        "photo": bytes(quarters.jpegsave_buffer()),
        "twin": bytes(quarters.jpegsave_buffer()),
        "small": bytes(quarters.resize(0.25).pngsave_buffer()),
        "mirrored": bytes(quarters.fliphor().jpegsave_buffer()),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>',
    }
    images = [services.image(gallery.hang(f"/{name}", body), name) for name, body in hung.items()]
    rows = shared_service.bring(images, "alike")
    described.await_descriptions(shared_service, 3)
    return {row["externalId"]: row["image"]["mediaId"] for row in rows}


def similar(service: services.Service, entry: str, **given: Any) -> dict[str, Any]:
    answer = service.get(f"/mediaLibrary/{entry}/similar", **given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_entry_says_how_its_picture_looks(
    shared_service: services.Service, entries: dict[str, str]
) -> None:
    entry = shared_service.get(f"/mediaLibrary/{entries['photo']}").json()
    shapes.check(entry["asset"], shapes.ASSET | {"blurhash": str, "dominantColor": str})
    assert entry["asset"]["dominantColor"].startswith("#")
    drawing = shared_service.get(f"/mediaLibrary/{entries['svg']}").json()
    shapes.check(drawing["asset"], shapes.ASSET)


def test_the_same_bytes_come_first_then_the_nearest(
    shared_service: services.Service, entries: dict[str, str]
) -> None:
    found = similar(shared_service, entries["photo"])
    assert found["described"] is True
    named = {entry: name for name, entry in entries.items()}
    results = found["results"]
    assert [named[one["entry"]["id"]] for one in results][:2] == ["twin", "small"]
    assert [one["sameBytes"] for one in results][:2] == [True, False]
    assert [one["distance"] for one in results] == sorted(one["distance"] for one in results)
    assert "mirrored" not in [named[one["entry"]["id"]] for one in results]
    shapes.check(results[1]["entry"], shapes.ENTRY | {"asset": dict})


def test_a_drawing_has_no_hash_and_nothing_alike(
    shared_service: services.Service, entries: dict[str, str]
) -> None:
    assert similar(shared_service, entries["svg"]) == {"described": False, "results": []}


def test_distance_and_limit_narrow(
    shared_service: services.Service, entries: dict[str, str]
) -> None:
    one = similar(shared_service, entries["photo"], limit=1)["results"]
    assert [found["sameBytes"] for found in one] == [True]
    far = similar(shared_service, entries["mirrored"], distance=0)["results"]
    assert far == []


def test_the_same_bytes_are_found_before_anything_is_described(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    body = pictures.png(9, 9)
    urls = [gallery.hang(f"/same{n}", body) for n in range(2)]
    rows = shared_service.bring([services.image(url, url) for url in urls], "same")
    first, second = (row["image"]["mediaId"] for row in rows)
    shared_service.sql("delete from descriptions where key = %(key)s",
        key=shared_service.get(f"/mediaLibrary/{first}").json()["asset"]["key"])  # fmt: skip
    found = similar(shared_service, first)
    assert [one["entry"]["id"] for one in found["results"]] == [second]
    assert found["results"][0]["sameBytes"]


def test_an_archived_entry_takes_nobodys_place(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    images = [services.image(gallery.hang(f"/near{n}", pictures.png(9, n)), n) for n in (5, 6, 7)]
    rows = shared_service.bring(images, "near")
    ours, archived, live = (row["image"]["mediaId"] for row in rows)
    shared_service.sql(
        """insert into descriptions (key, project_id, difference_hash)
        select asset_key, project_id, (1::bigint << external_id::int - 5) - 1 from entries
        where system_name = 'near' on conflict (key) do update
        set difference_hash = excluded.difference_hash"""
    )
    patch = {"patches": [{"operation": "archive"}]}
    shared_service.client.patch(f"/api/v1/mediaLibrary/{archived}", json=patch).raise_for_status()
    (found,) = similar(shared_service, ours, limit=1, distance=2)["results"]
    assert found["entry"]["id"] == live


@pytest.mark.parametrize(
    "given", [{"distance": 13}, {"distance": -1}, {"distance": "x"}, {"limit": 0}, {"limit": 101}]
)
def test_a_parameter_out_of_bounds_is_400_and_named(
    shared_service: services.Service, entries: dict[str, str], given: dict[str, Any]
) -> None:
    answer = shared_service.get(f"/mediaLibrary/{entries['photo']}/similar", **given)
    assert answer.status_code == 400
    assert set(answer.json()["error_details"]) == set(given)


def test_what_is_no_entry_is_404(shared_service: services.Service) -> None:
    assert shared_service.get("/mediaLibrary/none/similar").status_code == 404
