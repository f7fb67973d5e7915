"""The history of an entry: which import or edit changed what, when, and who asked for it."""

from typing import Any

import pytest

from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.db import pool
from wirephoto.worker import rescue

SYSTEM = "history"
PAST = {
    "version": int,
    "at": shapes.INSTANT,
    "kind": str,
    "changes": list,
    "token": {"id": int, "name": "test"},
    "job?": shapes.ID,
}


def caption(before: str, after: str) -> dict[str, str]:
    return {"path": "metadata.caption", "from": before, "to": after}


def test_a_history_tells_each_change_with_its_values_and_who_asked(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/told.jpg", pictures.jpeg(14, size=980))
    image = services.image(url, "told", metadata={"caption": "one"})
    first = shared_service.accept([image], SYSTEM)
    id_ = shared_service.wait(first)["images"][0]["image"]["mediaId"]
    revoke = {"operation": "revokeAsset", "note": "Case #1"}
    edited = (desk.set_("caption", "two"), desk.set_("source", "Archiv"), revoke)
    assert desk.patch(shared_service, id_, *edited).status_code == 200
    second = shared_service.accept([image | {"metadata": {"caption": "three"}}], SYSTEM)
    shared_service.wait(second)
    shared_service.bring([image | {"metadata": {"caption": "three"}}], SYSTEM)  # nothing new
    found = desk.history(shared_service, id_)
    shapes.check(found, {"results": shapes.Each(PAST)})
    told = [
        (one["version"], one["kind"], one.get("job"), one["changes"]) for one in found["results"]
    ]
    source = {"path": "metadata.source"}
    revoked = {"path": "revoked", "from": False, "to": True, "note": "Case #1"}
    edit = [caption("one", "two"), source | {"to": "Archiv"}, revoked]
    back = [caption("two", "three")]  # what its caller does not send stays as it was edited
    assert told == [
        (3, "import", second, back),
        (2, "edit", None, edit),
        (1, "import", first, []),
    ]


def test_a_replaced_asset_stands_in_the_history_by_its_keys(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "keys", SYSTEM)
    url = gallery.hang(f"/{SYSTEM}/keys.jpg", pictures.jpeg(15, size=985))
    shared_service.bring([services.image(url, "keys")], SYSTEM)
    now = desk.entry(shared_service, made["id"])
    change = {"path": "asset.key", "from": made["asset"]["key"], "to": now["asset"]["key"]}
    assert desk.history(shared_service, made["id"])["results"][0]["changes"] == [change]


def test_a_history_comes_in_pages(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "pages", SYSTEM)
    for number in range(4):
        desk.patch(shared_service, made["id"], desk.set_("caption", str(number)))
    seen: list[int] = []
    page: dict[str, Any] = {"next": 100}
    while "next" in page:
        page = desk.history(shared_service, made["id"], limit=2, before=page["next"])
        assert len(page["results"]) in {1, 2}
        seen += [one["version"] for one in page["results"]]
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("id_", ["nothing", "a%00b"])
def test_the_history_of_what_is_not_there_is_404(
    shared_service: services.Service, id_: str
) -> None:
    answer = shared_service.client.get(f"/api/v1/mediaLibrary/{id_}/history")
    assert answer.status_code == 404
    shapes.check(answer.json(), shapes.error(404, {"id": str}))


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"before": 0}, {"before": "x"}])
def test_a_page_that_cannot_be_is_400(
    shared_service: services.Service, params: dict[str, Any]
) -> None:
    answer = shared_service.get("/mediaLibrary/nothing/history", **params)
    assert answer.status_code == 400
    shapes.check(answer.json(), shapes.error(400, {next(iter(params)): str}))


async def test_changes_older_than_they_are_kept_are_forgotten_and_the_others_stay(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(shared_service, gallery, "old", SYSTEM)
    for number in range(2):
        desk.patch(shared_service, made["id"], desk.set_("caption", str(number)))
    shared_service.sql(
        "update entry_changes set at = at - interval '40 days'"
        " where entry_id = %(id)s and version = 2",
        id=made["id"],
    )
    url = shared_service.environment["WIREPHOTO_DATABASE_URL"]
    async with pool.opened(url, most=1, application="test") as database:
        await rescue.forget(database, 0)
        assert _versions(shared_service, made["id"]) == [3, 2, 1]
        await rescue.forget(database, 30)
    assert _versions(shared_service, made["id"]) == [3, 1]


def _versions(service: services.Service, id_: str) -> list[int]:
    return [one["version"] for one in desk.history(service, id_)["results"]]
