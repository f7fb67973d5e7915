"""``POST import/mediaLibrary``: assets that are in storage already become entries."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures

SYSTEM = "externalSystem"
PICTURE = pictures.jpeg(21, size=1500)
TITLED = [{"handle": "title", "type": "li-text", "config": {"maxLength": 20}}]


@pytest.fixture(scope="module")
def service(module_database_url: str) -> Iterator[services.Service]:
    """With a second project, and rules that metadata can break."""
    project = {"mediaTypes": [{"handle": "image", "type": "mediaImage", "metadata": TITLED}]}
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        for handle in ("default", "sport"):
            (data_dir / "projects" / f"{handle}.json").write_text(json.dumps(project))
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


def asset(service: services.Service, key: str, content: bytes = PICTURE) -> dict[str, Any]:
    """An asset as its owner tells of it, lying in storage."""
    desk.lay(service, key, content)
    return {
        "key": key,
        "url": f"https://bucket.example/{key}",
        "size": len(content),
        "width": 8,
        "height": 6,
        "filename": "3a2ede93.jpeg",
        "mimeType": "image/jpeg",
    }


def post(service: services.Service, *given: Any, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return service.client.post(
        "/api/v1/import/mediaLibrary", json={"mediaLibraryEntries": given}, headers=headers
    )


def registered(service: services.Service, *given: Any) -> list[dict[str, Any]]:
    answer = post(service, *given)
    assert answer.status_code == 200, answer.text
    shapes.check(answer.json(), {"mediaLibraryEntries": list})
    return list(answer.json()["mediaLibraryEntries"])


def test_an_asset_in_storage_becomes_an_entry_with_the_id_and_the_key_it_has(
    service: services.Service,
) -> None:
    given: dict[str, Any] = {
        "id": "custom-1",
        "systemName": SYSTEM,
        "externalId": "6hedie82",
        "mediaType": "image",
        "asset": asset(service, "2020/1/22/3a2ede93.jpeg"),
        "metadata": {"title": "Der Eiger"},
    }
    (made,) = registered(service, given)
    entry = shapes.ENTRY | {"id": "custom-1"}
    shapes.check(made, {"ok": True, "status": 200, "id": "custom-1", "record": entry})
    record = made["record"]
    assert record == desk.entry(service, "custom-1")
    said = given["asset"] | {"url": record["asset"]["url"]}
    assert record["asset"] == said
    assert (record["systemName"], record["externalId"]) == (SYSTEM, "6hedie82")
    assert record["metadata"] == {"title": "Der Eiger"}
    assert httpx.get(record["asset"]["url"]).content == PICTURE
    (past,) = desk.history(service, "custom-1")["results"]
    assert (past["kind"], past["version"], past["token"]["name"]) == ("registration", 1, "test")


def test_an_entry_without_id_system_and_metadata_gets_an_id_and_the_name_of_its_file(
    service: services.Service,
) -> None:
    key = asset(service, "plain/ein bild.jpeg")["key"]
    (made,) = registered(service, {"mediaType": "image", "asset": {"key": key}})
    shapes.check(
        made["record"], shapes.ENTRY | {"systemName": None, "externalId": None, "id": made["id"]}
    )
    assert made["record"]["metadata"] == {"title": "ein bild.jpeg"}
    assert made["record"]["asset"]["size"] == len(PICTURE)


def test_no_entries_are_none(service: services.Service) -> None:
    assert registered(service) == []


def refused(status: int, error: str, correlation: str, details: dict[str, str]) -> dict[str, Any]:
    return {
        "ok": False,
        "correlation": correlation,
        "status": status,
        "error": error,
        "error_details": details,
    }


def test_an_id_or_a_pair_that_is_taken_is_409_and_hinders_no_other(
    service: services.Service,
) -> None:
    there = asset(service, "taken/1.jpeg")
    first = {"id": "taken-1", "systemName": SYSTEM, "externalId": "t", "mediaType": "image"}
    rest = {"systemName": SYSTEM, "mediaType": "image", "asset": there}
    made = registered(
        service,
        first | {"asset": there},
        rest | {"id": "taken-1"},
        rest | {"externalId": "t"},
        rest | {"id": "taken-2", "externalId": "t2"},
        rest | {"id": "taken-2", "externalId": "t3"},
    )
    assert [one["status"] for one in made] == [200, 409, 409, 200, 409]
    unique = "UniqueIdViolation"
    said = {"message": "id is not unique: 'taken-1'"}
    assert made[1] == refused(409, unique, "id: taken-1", said)
    pair = {"message": f"externalId is not unique in systemName '{SYSTEM}': 't'"}
    assert made[2] == refused(409, unique, "externalId: t", pair)
    assert made[4]["error_details"] == {"message": "id is not unique: 'taken-2'"}


ASSET = {"key": "wrong/1.jpeg"}
IMAGE = {"mediaType": "image", "asset": ASSET}
WRONG: dict[str, tuple[Any, dict[str, str]]] = {
    "no system": (IMAGE | {"externalId": "1"}, {"systemName": "is required with an externalId"}),
    "metadata": (
        IMAGE | {"metadata": {"title": "x" * 21}},
        {"metadata": "title: must be at most 20 characters (it has 21)"},
    ),
    "property": (
        IMAGE | {"metadata": {"what": 1}},
        {"metadata": '"what": no such property in media type image; it has: title'},
    ),
    "media type": (
        {"mediaType": "film", "asset": ASSET},
        {"mediaType": 'no media type "film" in this project; it has: image'},
    ),
    "no media type": ({"asset": ASSET}, {"mediaType": "is required"}),
    "no asset": ({"mediaType": "image"}, {"asset": "must be an object, not null"}),
    "no object": (7, {"entry": "must be an object, not a number"}),
    "not there": (
        {"mediaType": "image", "asset": {"key": "wrong/nothing"}},
        {"asset.key": "is not in storage"},
    ),
    "other size": (
        {"mediaType": "image", "asset": ASSET | {"size": 1}},
        {"asset.size": f"is 1, but the object has {len(PICTURE)} bytes"},
    ),
    "id": (
        IMAGE | {"id": "a/b"},
        {"id": "must be 1 to 64 characters of a-z, A-Z, 0-9 and -"},
    ),
    "types": (
        {"mediaType": 1, "asset": {"key": 2}, "metadata": [], "systemName": "a\0"},
        {
            "mediaType": "must be a string, not a number",
            "asset.key": "must be a string, not a number",
            "metadata": "must be an object, not an array",
            "systemName": "must not hold U+0000",
        },
    ),
}


def test_what_is_wrong_with_an_entry_is_400_by_its_path_and_hinders_no_other(
    service: services.Service,
) -> None:
    good = asset(service, ASSET["key"])
    made = registered(
        service, *(given for given, _ in WRONG.values()), {"mediaType": "image", "asset": good}
    )
    for (given, details), one in zip(WRONG.values(), made, strict=False):
        message = "; ".join(f"{path}: {text}" for path, text in one["error_details"].items())
        del one["error_details"]["message"]
        assert one["error_details"] == details, given
        assert (one["ok"], one["status"], one["error"]) == (False, 400, "ValidationError")
        assert message.startswith("message: ")
    assert made[-1]["ok"] is True
    assert made[7]["correlation"] == "mediaLibraryEntries.7"


@pytest.mark.parametrize(
    ("body", "status", "details"),
    [
        ({}, 400, {"mediaLibraryEntries": "is required"}),
        (
            {"mediaLibraryEntries": {}},
            400,
            {"mediaLibraryEntries": "must be an array, not an object"},
        ),
        (
            {"mediaLibraryEntries": [{}] * 1001},
            413,
            {"mediaLibraryEntries": "must be at most 1000 in one request (they are 1001)"},
        ),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_refused(
    service: services.Service, body: Any, status: int, details: dict[str, str]
) -> None:
    answer = service.client.post("/api/v1/import/mediaLibrary", json=body)
    assert answer.status_code == status
    shapes.check(answer.json(), shapes.error(status, details))


def test_a_project_does_not_reach_what_is_anothers(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    theirs = service.new_token("public-api:write", "public-api:read", project="sport")
    imported = desk.bring(service, gallery, "ours", SYSTEM)["asset"]["key"]
    shared = asset(service, "nobody/1.jpeg")["key"]
    prefixed = asset(service, "default/by hand.jpeg")["key"]
    named = [{"mediaType": "image", "asset": {"key": key}} for key in (imported, prefixed, shared)]
    answer = post(service, *named, token=theirs).json()["mediaLibraryEntries"]
    assert [one["status"] for one in answer] == [400, 400, 200]
    absent = {"message": "asset.key: is not in storage", "asset.key": "is not in storage"}
    assert [one.get("error_details") for one in answer[:2]] == [absent, absent]
    (ours,) = registered(service, named[2])
    assert ours["error_details"] == absent  # they were first


def test_of_anothers_entry_nothing_is_told_but_that_a_chosen_id_is_taken(
    service: services.Service,
) -> None:
    """Whatever is asked, the answer is that of an id that nobody has."""
    theirs = service.new_token("public-api:write", "public-api:read", project="sport")
    ours = asset(service, "chosen/ours.jpeg")
    given = {"mediaType": "image", "asset": ours, "metadata": {"title": "Embargoed"}}
    registered(service, given | {"id": "chosen-1"})
    for method, path in (
        ("GET", ""),
        ("GET", "/history"),
        ("GET", "/similar"),
        ("PATCH", ""),
    ):
        there, nowhere = (
            service.client.request(
                method,
                f"/api/v1/mediaLibrary/{id_}{path}",
                headers={"Authorization": f"Bearer {theirs}"},
                json={"patches": [desk.set_("title", "Mine")]} if method == "PATCH" else None,
            )
            for id_ in ("chosen-1", "chosen-0")
        )
        assert there.status_code == nowhere.status_code == 404
        assert there.text.replace("chosen-1", "chosen-0") == nowhere.text
    mine = {"mediaType": "image", "asset": asset(service, "chosen/theirs.jpeg")}
    (made,) = post(service, mine | {"id": "chosen-1"}, token=theirs).json()["mediaLibraryEntries"]
    said = {"message": "id is not unique: 'chosen-1'"}
    assert made == refused(409, "UniqueIdViolation", "id: chosen-1", said)
    assert desk.entry(service, "chosen-1")["metadata"] == {"title": "Embargoed"}


def test_an_imported_picture_is_registered_under_another_id(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    entry = desk.bring(service, gallery, "twice", SYSTEM)
    given = {"id": "second", "mediaType": "image", "asset": entry["asset"]}
    (made,) = registered(service, given)
    assert made["record"]["asset"] == entry["asset"]


def test_verify_finds_nothing_wrong_and_repair_leaves_what_its_owner_put_there(
    service: services.Service,
) -> None:
    mine = asset(service, "kept/1.jpeg", pictures.jpeg(31, size=1600))
    other = asset(service, "kept/2.jpeg", pictures.jpeg(32, size=1700))
    (made,) = registered(service, {"mediaType": "image", "asset": mine})
    patch = {"operation": "replaceAsset", "value": other}
    assert desk.patch(service, made["id"], patch).status_code == 200
    service.sql("update blobs set changed_at = changed_at - interval '25 hours'")
    services.prove(service.environment)
    repaired = services.run("verify", "--repair", environment=service.environment)
    assert repaired.returncode == 0, repaired.stdout
    assert (service.data_dir / "storage" / mine["key"]).exists()
    assert "kept/1.jpeg" not in repaired.stdout
