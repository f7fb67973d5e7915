"""Assets that are replaced by what lies in storage, and assets that are served to nobody."""

from typing import Any

import httpx
import pytest

from tests.files import builders
from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures

SYSTEM = "assets"
REVOKE = {"operation": "revokeAsset", "note": "Case #1"}
UNREVOKE = {"operation": "unrevokeAsset"}
NEW = pictures.jpeg(99, size=2500)


def replace(key: str, **more: Any) -> dict[str, Any]:
    return {"operation": "replaceAsset", "value": {"key": key, **more}}


def served(entry: dict[str, Any], method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx.request(method, entry["asset"]["url"], headers=named)


def test_an_asset_is_replaced_by_what_its_owner_put_into_storage(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "replaced", SYSTEM)
    key = desk.lay(shared_service, "2026/11/24/my new file.jpg", NEW)
    said = {"url": "https://example.com/x.jpg", "size": len(NEW), "width": 8, "height": 6}
    patch = replace(key, filename="my-new-file.jpg", mimeType="image/jpg", **said)
    answer = desk.patch(shared_service, made["id"], patch)
    assert answer.status_code == 200, answer.text
    changed = desk.entry(shared_service, made["id"])
    expected = {"key": key, "size": len(NEW), "width": 8, "height": 6, "mimeType": "image/jpeg"}
    assert changed["asset"] | expected == changed["asset"]
    assert changed["asset"]["filename"] == "my-new-file.jpg"
    assert changed["metadata"]["title"] == made["metadata"]["title"]
    assert served(changed).content == NEW
    assert served(made).status_code == 200  # the old one stays for a day


def test_an_import_after_a_replacement_asks_for_its_own_picture_anew(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    """Not with the validators of a picture that the entry has no more."""
    url = gallery.hang("/tagged.jpg", pictures.jpeg(3, size=800), etag='"1"')
    images = [services.image(url, "tagged")]
    (row,) = shared_service.bring(images, SYSTEM)
    made = desk.entry(shared_service, row["image"]["mediaId"])
    key = desk.lay(shared_service, "tagged/other.jpg", NEW)
    assert desk.patch(shared_service, made["id"], replace(key)).status_code == 200
    (row,) = shared_service.bring(images, SYSTEM)
    assert row["state"] == "success"
    assert "if-none-match" not in gallery.asked[-1].headers
    assert desk.entry(shared_service, made["id"])["asset"] == made["asset"]


@pytest.mark.parametrize(
    ("content", "said", "field", "problem"),
    [
        (None, {}, "key", "is not in storage"),
        (b"<html>", {}, "key", "is no picture that is taken here: looks like an HTML page"),
        (NEW[:-9], {}, "key", "is no picture that is taken here: "),
        (NEW, {"size": 3}, "size", "is 3, but the object has 2500 bytes"),
        (NEW, {"mimeType": "image/png"}, "mimeType", "is image/png, but the object is image/jpeg"),
        (NEW, {"width": 9, "height": 6}, "width", "is 9, but the picture has 8 x 6 pixels"),
        (builders.svg(), {}, "key", "is an SVG that no import has cleaned"),
    ],
    ids=["absent", "html", "cut", "size", "type", "width", "svg"],
)
def test_an_asset_that_is_not_what_it_is_said_to_be_is_400(
    shared_service: services.Service,
    untouched: dict[str, Any],
    content: bytes | None,
    said: dict[str, Any],
    field: str,
    problem: str,
) -> None:
    key = f"wrong/{field}-{len(content or b'')}-{len(said)}"
    if content is not None:
        desk.lay(shared_service, key, content)
    answer = desk.patch(
        shared_service, untouched["id"], {"operation": "archive"}, replace(key, **said)
    )
    assert answer.status_code == 400
    ((path, text),) = answer.json()["error_details"].items()
    assert path == f"patches.1.value.{field}"
    assert text.startswith(problem), text
    assert desk.entry(shared_service, untouched["id"]) == untouched


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/passwd", ".wirephoto/x", "a//b", "a\\..\\b", "a/."]
)
def test_a_key_leads_nowhere_but_into_storage(
    shared_service: services.Service, untouched: dict[str, Any], key: str
) -> None:
    answer = desk.patch(shared_service, untouched["id"], replace(key))
    assert answer.status_code == 400
    assert answer.json()["error_details"] == {"patches.0.value.key": "is not in storage"}


@pytest.fixture(scope="module")
def untouched(shared_service: services.Service, gallery: galleries.Gallery) -> dict[str, Any]:
    return desk.bring(shared_service, gallery, "untouched", SYSTEM)


@pytest.fixture
def revoked(
    shared_service: services.Service,
    gallery: galleries.Gallery,
    request: pytest.FixtureRequest,
) -> dict[str, Any]:
    """An entry, before its asset was revoked."""
    made = desk.bring(shared_service, gallery, str(abs(hash(request.node.nodeid))), SYSTEM)
    etag = served(made).headers["etag"]
    assert desk.patch(shared_service, made["id"], REVOKE).status_code == 200
    return made | {"etag": etag}


def test_a_revoked_asset_is_403_by_every_way_to_ask_for_it(revoked: dict[str, Any]) -> None:
    answer = served(revoked)
    assert answer.status_code == 403
    shapes.check(answer.json(), shapes.error(403, {"key": "The picture was revoked."}))
    assert answer.headers["cache-control"] == "no-store"
    assert served(revoked, "HEAD").status_code == 403
    assert httpx.get(revoked["asset"]["url"], params={"w": 320}).status_code == 403
    assert served(revoked, range="bytes=0-9").status_code == 403
    assert served(revoked, if_none_match=revoked["etag"]).status_code == 403
    assert served(revoked, if_none_match="*").status_code == 403
    assert served(revoked, range="bytes=0-9", if_range=revoked["etag"]).status_code == 403


def test_an_entry_says_that_it_is_revoked_until_it_is_not(
    shared_service: services.Service, revoked: dict[str, Any]
) -> None:
    now = desk.entry(shared_service, revoked["id"])
    shapes.check(
        now, shapes.ENTRY | {"revokedAt": shapes.INSTANT, "revokeNote": "Case #1", "version": 2}
    )
    assert desk.patch(shared_service, revoked["id"], UNREVOKE).status_code == 200
    shapes.check(desk.entry(shared_service, revoked["id"]), shapes.ENTRY | {"version": 3})
    assert served(revoked).status_code == 200


def test_the_same_bytes_stay_revoked_under_every_other_id(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "twin", SYSTEM)
    desk.patch(shared_service, made["id"], REVOKE)
    url = gallery.hang("/again.jpg", served_bytes(shared_service, made))
    (row,) = shared_service.bring([services.image(url, "again")], SYSTEM)
    assert row["state"] == "success"
    again = desk.entry(shared_service, row["image"]["mediaId"])
    assert again["asset"]["key"] == made["asset"]["key"]
    assert again["revokeNote"] == "Case #1"
    assert served(again).status_code == 403
    assert desk.patch(shared_service, again["id"], UNREVOKE).status_code == 200
    assert served(made).status_code == 200


def served_bytes(service: services.Service, entry: dict[str, Any]) -> bytes:
    path = service.data_dir / "storage" / str(entry["asset"]["key"])
    return path.read_bytes()


def test_an_import_leaves_revoked_and_archived_as_they_are(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/kept.jpg", pictures.jpeg(5, size=900))
    (row,) = shared_service.bring([services.image(url, "kept")], SYSTEM)
    id_ = row["image"]["mediaId"]
    desk.patch(shared_service, id_, REVOKE, {"operation": "archive"})
    (row,) = shared_service.bring([services.image(url, "kept")], SYSTEM)
    assert row["state"] == "skipped"
    (row,) = shared_service.bring([services.image(url, "kept", metadata={"caption": "x"})], SYSTEM)
    assert row["state"] == "success"
    now = desk.entry(shared_service, id_)
    assert {"archivedAt", "revokedAt"} <= set(now)
    assert served(now).status_code == 403


def test_other_bytes_are_not_revoked_with_those_they_replace(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "mended", SYSTEM)
    desk.patch(shared_service, made["id"], REVOKE)
    url = gallery.hang(f"/{SYSTEM}/mended.jpg", pictures.jpeg(8, size=901))
    shared_service.bring([services.image(url, "mended")], SYSTEM)
    now = desk.entry(shared_service, made["id"])
    assert "revokedAt" not in now
    assert served(now).status_code == 200
    assert served(made).status_code == 403


def test_revoking_before_and_after_a_replacement_means_the_asset_of_that_moment(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "order", SYSTEM)
    key = desk.lay(shared_service, "order/new.jpg", pictures.jpeg(12, size=950))
    desk.patch(shared_service, made["id"], REVOKE, replace(key))
    now = desk.entry(shared_service, made["id"])
    assert (served(made).status_code, served(now).status_code) == (403, 200)
    desk.patch(shared_service, made["id"], REVOKE)
    assert served(now).status_code == 403
