"""``GET mediaLibrary?search=…``: entries found by what they say and what they are."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, LiteralString

import httpx
import pytest

from tests.files import builders
from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.db import pool
from wirephoto.db import search as rows
from wirephoto.library import reindex

PROPERTIES = [
    {"handle": "caption", "type": "li-text", "config": {"index": True}},
    {"handle": "keywords", "type": "li-string-list", "config": {"index": True}},
    {"handle": "note", "type": "li-text"},
]
TYPES = [
    {"handle": handle, "type": "mediaImage", "metadata": PROPERTIES}
    for handle in ("image", "graphic")
]
PICTURES: dict[str, dict[str, Any]] = {
    "eiger": {"caption": "Die Nordwand, von Grindelwald aus", "note": "geheim"},
    "zurich": {"caption": "Häuser in Zürich", "keywords": ["Stadt", "Limmat"]},
    "muller": {"caption": "Frau Mueller und die Kinder"},
    "creme": {"caption": "Crème brûlée, les éditions nationales"},
    "running": {"caption": "Children running in the streets"},
    "old": {"caption": "Archiv"},
}


@pytest.fixture(scope="module")
def service(module_database_url: str) -> Iterator[services.Service]:
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        project = {"mediaTypes": TYPES}
        (data_dir / "projects" / "default.json").write_text(json.dumps(project))
        (data_dir / "projects" / "sport.json").write_text(json.dumps(project))
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


_DATED: LiteralString = """
with dated as (
  update entries set created_at = make_timestamptz(2026, 1, %(day)s, 12, 0, 0, 'UTC'),
    updated_at = make_timestamptz(2026, 2, %(day)s, 12, 0, 0, 'UTC')
  where id = %(id)s returning id, created_at, updated_at
)
update entry_search s set created_at = d.created_at, updated_at = d.updated_at
from dated d where d.id = s.entry_id
"""


@pytest.fixture(scope="module")
def library(service: services.Service, gallery: galleries.Gallery) -> dict[str, str]:
    """Ids by name: entries made a day apart, the last of PICTURES the newest."""
    images = [
        services.image(
            gallery.hang(f"/{name}", pictures.jpeg(number, size=700 + number)),
            name,
            fileName=f"{name}.jpg",
            metadata=metadata,
        )
        for number, (name, metadata) in enumerate(PICTURES.items())
    ]
    rows = service.bring(images, "archive")
    other = builders.gif(60, 40, builders.gif_image(60, 40))
    tall, even = pictures.png(5, 50), pictures.png(9, 9)
    for name, body in (("wide", other), ("tall", tall), ("square", even)):
        url = gallery.hang(f"/{name}", body)
        image = services.image(url, name, fileName=name, mediaType="graphic")
        rows += service.bring([image], "agency")
    ids = {row["externalId"]: row["image"]["mediaId"] for row in rows}
    assert ask(service).status_code == 200  # from here on they have their places
    for day, id_ in enumerate(ids.values(), 1):
        service.sql(_DATED, day=day, id=id_)
    return ids


def ask(service: services.Service, **params: Any) -> httpx.Response:
    return service.client.get("/api/2026-01/mediaLibrary", params=params)


def found(service: services.Service, library: dict[str, str], **params: Any) -> list[str]:
    """Names in the order of the answer."""
    answer = ask(service, **params)
    assert answer.status_code == 200, answer.text
    shapes.check(answer.json(), {"results": shapes.Each(shapes.ENTRY), "next?": str})
    names = {id_: name for name, id_ in library.items()}
    return [names[entry["id"]] for entry in answer.json()["results"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("eiger", ["eiger"]),
        ("Nordwand", ["eiger"]),
        ("nordw", ["eiger"]),
        ("GRINDELWALD nordwand", ["eiger"]),
        ("grindelwald zürich", []),
        ("geheim", []),
        ("Haus", ["zurich"]),
        ("häuser", ["zurich"]),
        ("Zürich", ["zurich"]),
        ("zurich", ["zurich"]),
        ("Zuerich", ["zurich"]),
        ("zür", ["zurich"]),
        ("limmat", ["zurich"]),
        ("Müller", ["muller"]),
        ("Kind", ["muller"]),
        ("child", ["running"]),
        ("street run", ["running"]),
        ("the streets", ["running"]),
        ("creme", ["creme"]),
        ("édition nationale", ["creme"]),
        ("archiv", ["old"]),
        ("' | & ! :* <-> eiger", ["eiger"]),
    ],
)
def test_words_are_found_by_their_beginnings_their_stems_and_with_or_without_accents(
    service: services.Service, library: dict[str, str], text: str, names: list[str]
) -> None:
    assert found(service, library, search=text) == names


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"systemName": "agency"}, ["square", "tall", "wide"]),
        ({"mediaType": "graphic", "orientation": "portrait"}, ["tall"]),
        ({"orientation": "square"}, ["square"]),
        ({"mediaType": "graphic", "orientation": "landscape"}, ["wide"]),
        ({"mimeType": "image/gif"}, ["wide"]),
        ({"mimeType": "image/jpeg", "limit": 2}, ["old", "running"]),
        ({"minWidth": 9}, ["square", "wide"]),
        ({"minHeight": 9, "maxHeight": 40}, ["square", "wide"]),
        ({"maxWidth": 5}, ["tall"]),
        ({"minSize": 704}, ["old", "running"]),
        ({"maxSize": 701, "minSize": 700}, ["zurich", "eiger"]),
        ({"createdFrom": "2026-01-08"}, ["square", "tall"]),
        ({"createdFrom": "2026-01-01", "createdTo": "2026-01-02"}, ["zurich", "eiger"]),
        ({"createdTo": "2026-01-02T12:00:00Z"}, ["eiger"]),
        ({"updatedFrom": "2026-02-08T13:00:00+01:00", "updatedTo": "2026-02-08"}, ["tall"]),
        ({"search": "eiger", "mimeType": "image/png"}, []),
        ({"systemName": "nothing"}, []),
    ],
    ids=str,
)
def test_entries_are_found_by_what_they_are_the_newest_first(
    service: services.Service, library: dict[str, str], params: dict[str, Any], names: list[str]
) -> None:
    assert found(service, library, **{"createdTo": "2026-01-31"} | params) == names


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_hold_every_entry_once_though_others_come_and_change_meanwhile(
    service: services.Service, gallery: galleries.Gallery, sort: str
) -> None:
    def bring(first: int, last: int) -> list[str]:
        images = [
            services.image(
                gallery.hang(f"/{sort}-{number}", pictures.jpeg(number, size=1000 + number)),
                f"{sort}-{number}",
                fileName="page" if number % 3 else f"{sort}{number}",
                metadata={"caption": f"page {sort}"},
            )
            for number in range(first, last)
        ]
        return [row["image"]["mediaId"] for row in service.bring(images, "pages")]

    ids = bring(0, 7)
    asked: dict[str, Any] = {"search": f"page {sort}", "sort": sort, "limit": 3}
    seen: list[str] = []
    page = ask(service, **asked)
    newcomers = bring(20, 23)
    desk.patch(service, ids[2], desk.set_("caption", f"another page {sort}"))
    while True:
        seen += [entry["id"] for entry in page.json()["results"]]
        if "next" not in page.json():
            break
        assert page.links["next"]["url"].startswith(f"{service.url}/api/2026-01/mediaLibrary?")
        page = service.client.get(page.links["next"]["url"])
    assert len(seen) == len(set(seen)) == len(ids)
    assert set(seen) == set(ids)
    assert not set(newcomers) & set(seen)
    bare = service.client.get("/api/v1/mediaLibrary", params=asked)
    assert len(bare.json()) == 3
    assert "after=" in bare.links["next"]["url"]


def test_a_word_of_the_title_weighs_more_than_one_of_a_property(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    images = [
        services.image(
            gallery.hang(f"/weight-{number}", pictures.jpeg(number, size=1100 + number)),
            f"weight-{number}",
            fileName=title,
            metadata={"caption": caption},
        )
        for number, (title, caption) in enumerate(
            [("Rosengarten", "x"), ("y", "im Rosengarten"), ("z", "im Rosengarten")]
        )
    ]
    for image in images:  # the one with the title is the oldest
        service.bring([image], "weight")
    answer = ask(service, search="rosengarten", sort="relevance").json()["results"]
    assert answer[0]["asset"]["filename"] == "Rosengarten"
    assert [one["asset"]["filename"] for one in answer[1:]] == ["z", "y"]


def test_an_edit_and_an_import_change_what_an_entry_is_found_by(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(service, gallery, "moving", "moving", metadata={"caption": "Fliederbusch"})
    ids = {made["id"]: "moving"}

    def finds(text: str) -> list[str]:
        return [ids.get(one["id"], "?") for one in ask(service, search=text).json()["results"]]

    assert finds("fliederbusch") == ["moving"]
    desk.patch(service, made["id"], desk.set_("caption", "Holunder"), desk.set_("note", "Flieder"))
    assert (finds("fliederbusch"), finds("holunder")) == ([], ["moving"])
    url = gallery.hang("/moving/moving.jpg", pictures.jpeg(90, size=1200))
    service.bring([services.image(url, "moving", metadata={"caption": "Ginster"})], "moving")
    assert (finds("holunder"), finds("ginster")) == ([], ["moving"])


def test_archived_and_revoked_entries_are_left_out_unless_asked_for(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    names = {
        desk.bring(service, gallery, name, "states", metadata={"caption": "Zustand"})["id"]: name
        for name in ("plain", "archived", "revoked")
    }
    ids = {name: id_ for id_, name in names.items()}
    desk.patch(service, ids["archived"], {"operation": "archive"})
    desk.patch(service, ids["revoked"], {"operation": "revokeAsset"})

    def finds(state: str) -> set[str]:
        answer = ask(service, search="zustand", state=state).json()["results"]
        return {names[entry["id"]] for entry in answer}

    assert [finds(one) for one in ("active", "archived", "revoked", "any")] == [
        {"plain"},
        {"archived"},
        {"revoked"},
        set(ids),
    ]


WRONG: dict[str, list[Any]] = {
    "limit": [0, 201, "x"],
    "after": ["x", "bnVsbA", "WyJuZXdlc3QiXQ", "é"],
    "createdFrom": ["yesterday", "2026-13-01"],
    "updatedTo": ["2026-02-30"],
    "orientation": ["diagonal"],
    "mimeType": ["image/bmp"],
    "minWidth": [-1, 2**31],
    "maxSize": ["1 MB"],
    "search": ["", "...", "x" * 1001, "a\0b"],
    "sort": ["oldest", "relevance"],
    "state": ["gone"],
    "mediaType": ["\0"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_parameter_that_cannot_be_is_400_by_its_name(
    service: services.Service, name: str
) -> None:
    for value in WRONG[name]:
        answer = ask(service, **{name: value})
        assert answer.status_code == 400, (value, answer.text)
        shapes.check(answer.json(), shapes.error(400, {name: str}))


def test_a_cursor_goes_on_with_its_own_order_alone(
    service: services.Service, library: dict[str, str]
) -> None:
    after = ask(service, limit=1).json()["next"]
    answer = ask(service, limit=1, after=after, sort="relevance", search="archiv")
    assert answer.json()["error_details"] == {"after": "is of a search sorted by newest"}


def test_another_project_finds_nothing_of_this_one(
    service: services.Service, library: dict[str, str]
) -> None:
    token = service.new_token("public-api:read", project="sport")
    for params in ({}, {"search": "eiger"}, {"state": "any"}):
        assert service.get("/mediaLibrary", token, **params).json() == []


async def test_entries_that_are_there_are_found_by_what_becomes_searchable(
    service: services.Service, library: dict[str, str]
) -> None:
    ((project,),) = service.sql("select id from projects where handle = 'default'")
    async with pool.opened(
        service.environment["WIREPHOTO_DATABASE_URL"], most=2, application="test"
    ) as database:
        async with database.connection() as connection:
            await rows.set_rules(connection, project, {"image": ["note"]})
        await reindex.look(database)
    assert ask(service).status_code == 200  # it waits for what a worker of the service has
    assert found(service, library, search="geheim") == ["eiger"]
    assert found(service, library, search="nordwand") == []


async def test_lookers_side_by_side_leave_the_copy_of_the_last_version(
    service: services.Service, gallery: galleries.Gallery
) -> None:
    made = desk.bring(service, gallery, "beside", "beside", metadata={"caption": "first"})
    async with pool.opened(
        service.environment["WIREPHOTO_DATABASE_URL"], most=4, application="test"
    ) as database:
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                desk.patch(service, made["id"], desk.set_("caption", f"number{number}"))
                group.create_task(reindex.look(database))
        await reindex.look(database)
    statement: LiteralString = "select version from entry_search where entry_id = %(id)s"
    assert ask(service).status_code == 200
    assert service.sql(statement, id=made["id"]) == [(21,)]
