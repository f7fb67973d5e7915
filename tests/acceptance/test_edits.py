"""``PATCH mediaLibrary/{id}``: all of its patches or none, by the rules of the project."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures

SYSTEM = "desk"
PROPERTIES = [
    {"handle": "title", "type": "li-text", "config": {"maxLength": 40}},
    {
        "handle": "caption",
        "type": "li-text",
        "config": {"required": True, "requiredErrorMessage": "Say what it shows"},
    },
    {"handle": "year", "type": "li-integer", "config": {"minValue": 1826}},
    {"handle": "people", "type": "li-string-list"},
]


@pytest.fixture(scope="module")
def service(module_database_url: str) -> Iterator[services.Service]:
    """With a project file, so that there are rules to break."""
    project = {
        "mediaTypes": [{"handle": "image", "type": "mediaImage", "metadata": PROPERTIES}],
        "wirephoto": {"maxBytes": 100_000},
    }
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(project))
        (data_dir / "projects" / "sport.json").write_text("{}")
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


@pytest.fixture
def entry(
    service: services.Service, gallery: galleries.Gallery, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """An entry of the test's own, version 1."""
    metadata = {"caption": "first", "year": 1924}
    name = str(abs(hash(request.node.nodeid)))
    return desk.bring(service, gallery, name, SYSTEM, metadata=metadata)


def test_patches_are_done_in_their_order_and_make_one_new_version(
    service: services.Service, entry: dict[str, Any]
) -> None:
    patches = (
        desk.set_("caption", "second"),
        desk.set_("caption", "third"),
        desk.set_("year", None),
        {"operation": "setMetadataProperty", "propertyName": "title"},
        desk.set_("people", ["A", "B"]),
        {"operation": "archive"},
    )
    answer = desk.patch(service, entry["id"], *patches)
    assert (answer.status_code, answer.json()) == (200, {"status": 200})
    changed = desk.entry(service, entry["id"])
    shapes.check(changed, shapes.ENTRY | {"archivedAt": shapes.INSTANT})
    title = entry["asset"]["filename"]
    assert changed["metadata"] == {"title": title, "caption": "third", "people": ["A", "B"]}
    assert changed["version"] == 2
    assert changed["updatedAt"] > entry["updatedAt"]
    assert changed["asset"] | entry["asset"] == changed["asset"]  # it may be described by now
    assert desk.patch(service, entry["id"], {"operation": "unarchive"}).status_code == 200
    assert "archivedAt" not in desk.entry(service, entry["id"])


def test_a_title_is_set_and_falls_back_to_the_file_name_when_it_is_removed(
    service: services.Service, entry: dict[str, Any]
) -> None:
    desk.patch(service, entry["id"], desk.set_("title", "Der Eiger"))
    assert desk.entry(service, entry["id"])["metadata"]["title"] == "Der Eiger"
    desk.patch(service, entry["id"], desk.set_("title", None))
    assert desk.entry(service, entry["id"])["metadata"]["title"] == entry["asset"]["filename"]


def test_an_edit_says_who_set_a_property(service: services.Service, entry: dict[str, Any]) -> None:
    desk.patch(service, entry["id"], desk.set_("caption", "x"), desk.set_("year", None))
    (found,) = service.sql(
        "select origins, edited_at is not null from entries where id = %(id)s", id=entry["id"]
    )
    assert found == ({"caption": "editor", "year": "editor"}, True)


def test_preserve_updated_at_leaves_it_as_it_is(
    service: services.Service, entry: dict[str, Any]
) -> None:
    desk.patch(service, entry["id"], desk.set_("year", 1925), preserveUpdatedAt=True)
    changed = desk.entry(service, entry["id"])
    assert changed["version"] == 2
    assert changed["updatedAt"] == entry["updatedAt"]


@pytest.mark.parametrize("version", [1, "1"])
def test_a_version_that_the_entry_has_is_taken_and_any_other_is_409(
    service: services.Service, entry: dict[str, Any], version: int | str
) -> None:
    assert desk.patch(service, entry["id"], desk.set_("year", 1930), version=version).is_success
    answer = desk.patch(service, entry["id"], desk.set_("year", 1931), version=version)
    assert answer.status_code == 409
    assert answer.json() == {
        "status": 409,
        "error": "Conflict",
        "error_details": {
            "name": "Conflict",
            "message": "The entry has version 2, not 1.",
        },
    }
    assert desk.entry(service, entry["id"])["metadata"]["year"] == 1930


def test_what_changes_nothing_makes_no_new_version(
    service: services.Service, entry: dict[str, Any]
) -> None:
    same = (desk.set_("year", 1924.0), desk.set_("nothing", None), {"operation": "unrevokeAsset"})
    assert desk.patch(service, entry["id"], *same).status_code == 200
    assert desk.entry(service, entry["id"]) == entry


ARCHIVE = {"operation": "archive"}
FAULTS: dict[str, tuple[Any, dict[str, str]]] = {
    "unknown operation": (
        {"patches": [ARCHIVE, {"operation": "explode"}]},
        {"patches.1.operation": 'No enum match for: "explode"'},
    ),
    "no operation": ({"patches": [{}]}, {"patches.0.operation": "is required"}),
    "no object": ({"patches": ["archive"]}, {"patches.0": "must be an object, not a string"}),
    "no patches": ({}, {"patches": "is required"}),
    "empty": ({"patches": []}, {"patches": "must not be empty"}),
    "too many": ({"patches": [ARCHIVE] * 101}, {"patches": "must be at most 100"}),
    "no list": ({"patches": {}}, {"patches": "must be an array, not an object"}),
    "no name": (
        {"patches": [{"operation": "setMetadataProperty", "value": 1}]},
        {"patches.0.propertyName": "is required"},
    ),
    "rules": (
        {"patches": [desk.set_("year", 3), desk.set_("what", 1), desk.set_("people", "A")]},
        {
            "patches.0.value": "year: must be 1826 or more",
            "patches.1.propertyName": '"what": no such property',
            "patches.2.value": "people: must be a list of texts",
        },
    ),
    "required": (
        {"patches": [desk.set_("year", 1999), desk.set_("caption", " ")]},
        {"patches.1.value": "Say what it shows"},
    ),
    "unstorable": (
        {"patches": [desk.set_("caption", "a\0b")]},
        {"patches.0.value": "must not hold U+0000"},
    ),
    "long note": (
        {"patches": [{"operation": "revokeAsset", "note": "x" * 201}]},
        {"patches.0.note": "must be at most 200 characters (it has 201)"},
    ),
    "no asset": (
        {"patches": [{"operation": "replaceAsset"}]},
        {"patches.0.value": "is required"},
    ),
    "no key": (
        {"patches": [{"operation": "replaceAsset", "value": {"size": -1}}]},
        {"patches.0.value.key": "is required", "patches.0.value.size": "must be 0 or more"},
    ),
    "version": (
        {"patches": [ARCHIVE], "version": "two", "preserveUpdatedAt": 1},
        {"version": "must be a whole number", "preserveUpdatedAt": "must be true or false"},
    ),
    "no json": (b"{", {"body": "is not valid JSON"}),
    "array": ([], {"body": "must be a JSON object, not an array"}),
}


@pytest.fixture(scope="module")
def untouched(service: services.Service, gallery: galleries.Gallery) -> dict[str, Any]:
    return desk.bring(service, gallery, "untouched", SYSTEM, metadata={"caption": "first"})


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_named_by_its_path_and_nothing_is_done(
    service: services.Service, untouched: dict[str, Any], name: str
) -> None:
    body, details = FAULTS[name]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = service.client.patch(f"/api/v1/mediaLibrary/{untouched['id']}", content=content)
    assert answer.status_code == 400, answer.text
    shapes.check(answer.json(), shapes.error(400))
    said = answer.json()["error_details"]
    assert set(said) == set(details)
    assert all(said[path].startswith(text) for path, text in details.items()), said
    assert desk.entry(service, untouched["id"]) == untouched


def test_a_body_over_a_mebibyte_is_413(service: services.Service, untouched: Any) -> None:
    answer = desk.patch(service, untouched["id"], desk.set_("caption", "x" * 1_100_000))
    assert answer.status_code == 413


def test_edits_at_the_same_time_lose_none(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(service, gallery, "busy", SYSTEM, metadata={"caption": "first"})
    names = [f"person {number}" for number in range(8)]
    answers: list[int] = []

    def add(name: str) -> None:
        """As a client that adds to a list: read, change, write with the version, again on 409."""
        while True:
            now = desk.entry(service, made["id"])
            people = [*now["metadata"].get("people", []), name]
            patch = desk.set_("people", people)
            answer = desk.patch(service, made["id"], patch, version=now["version"])
            answers.append(answer.status_code)
            if answer.is_success:
                return

    threads = [threading.Thread(target=add, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = desk.entry(service, made["id"])
    assert sorted(after["metadata"]["people"]) == names
    assert after["version"] == 1 + len(names)
    assert set(answers) <= {200, 409}


def test_an_edit_beside_imports_of_the_same_pair_is_whole(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    """Versions and history agree: each change came after the one before, and none was lost."""
    made = desk.bring(service, gallery, "both", SYSTEM, metadata={"caption": "import 0"})
    url = gallery.hang(f"/{SYSTEM}/both.jpg", pictures.jpeg(77, size=900))
    jobs = [
        service.accept(
            [services.image(url, "both", metadata={"caption": f"import {number}"})], SYSTEM
        )
        for number in range(1, 4)
    ]
    for number in range(6):
        desk.patch(service, made["id"], desk.set_("people", [str(number)]))
    for job in jobs:
        service.wait(job)
    after, past = desk.entry(service, made["id"]), desk.history(service, made["id"])["results"]
    assert [one["version"] for one in past] == list(range(after["version"], 0, -1))
    values: dict[str, Any] = {}
    for one in reversed(past[:-1]):
        for change in one["changes"]:
            if change["path"] in values:
                assert change.get("from") == values[change["path"]]
            values[change["path"]] = change.get("to")
    assert after["metadata"].get("people") == values["metadata.people"]
    assert after["metadata"]["caption"] == values.get("metadata.caption", "import 0")


@pytest.mark.parametrize("id_", ["nothing", "a%00b"])
def test_an_entry_that_is_not_there_is_404(service: services.Service, id_: str) -> None:
    for patch in (ARCHIVE, {"operation": "replaceAsset", "value": {"key": "x.jpg"}}):
        answer = service.client.patch(f"/api/v1/mediaLibrary/{id_}", json={"patches": [patch]})
        assert answer.status_code == 404
        shapes.check(answer.json(), shapes.error(404, {"id": str}))
