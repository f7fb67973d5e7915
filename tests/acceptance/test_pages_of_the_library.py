"""The library's pages from outside: found, paged, edited, revoked, and what is said when not."""

import contextlib
import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fixtures import service as services
from tests.origins import hostile

_ENTRY = re.compile(r'class="frame" href="/library/([^"/?]+)"')
_FIELD = re.compile(r'name="(csrf|version|was\.[^"]+)" value="([^"]*)"')


@pytest.fixture(scope="module")
def entries(shared_service: services.Service) -> list[str]:
    """Sixty-one of them; the first has something to be found."""
    with hostile.running() as origin:
        images = [services.image(origin.url(f"/jpeg/{n}?signature=secret"), n) for n in range(61)]
        for number, one in enumerate(images):
            one["fileName"] = f"<b>Picture {number}</b>"
        images[0]["metadata"] = {"caption": "Die Nordwand"}
        rows = shared_service.bring(images, "sixty")
    return [row["image"]["mediaId"] for row in rows]


@contextlib.contextmanager
def visitor(service: services.Service, scope: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=30) as client:
        client.post("/signin", data={"token": service.new_token(scope)})
        yield client


@pytest.fixture
def desk(shared_service: services.Service) -> Iterator[httpx.Client]:
    with visitor(shared_service, "ui:write") as client:
        yield client


def form(client: httpx.Client, entry: str) -> dict[str, str]:
    found = _FIELD.findall(client.get(f"/library/{entry}").text)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def kept_of(service: services.Service, entry: str) -> Any:
    token = service.new_token("public-api:read")
    return service.get(f"/mediaLibrary/{entry}", token).json()


def patched(service: services.Service, entry: str, **properties: Any) -> None:
    patches = [
        {"operation": "setMetadataProperty", "propertyName": name, "value": value}
        for name, value in properties.items()
    ]
    answer = httpx.patch(
        f"{service.url}/api/v1/mediaLibrary/{entry}",
        headers={"Authorization": f"Bearer {service.token}"},
        json={"patches": patches},
    )
    assert answer.status_code == 200, answer.text


def test_pages_lead_through_all_entries_and_no_entry_comes_twice(
    desk: httpx.Client, entries: list[str]
) -> None:
    first = desk.get("/library?systemName=sixty").text
    following = re.search(r'href="(/library\?[^"]*)" rel="next"', first)
    assert following
    address = html.unescape(following[1])
    second, below = desk.get(address), desk.get(address.replace("/library?", "/library/more?"))
    shown = _ENTRY.findall(first) + _ENTRY.findall(second.text)
    assert sorted(shown) == sorted(entries)
    assert _ENTRY.findall(below.text) == _ENTRY.findall(second.text)
    assert "<header" not in below.text
    assert 'rel="next"' not in second.text
    assert "<b>Picture" not in first
    assert first.count('loading="lazy"') == 60


def test_a_picture_is_found_by_its_caption_and_filters_narrow(
    desk: httpx.Client, entries: list[str]
) -> None:
    assert _ENTRY.findall(desk.get("/library?search=nordwand").text) == [entries[0]]
    none = desk.get("/library?search=nordwand&mimeType=image/png")
    assert (none.status_code, _ENTRY.findall(none.text)) == (200, [])
    assert "No picture fits" in none.text


@pytest.mark.parametrize(
    "query", ["search=%21", "orientation=round", "createdFrom=x", "after=x", "search=%00a"]
)
def test_what_cannot_be_asked_is_said_on_the_page(
    desk: httpx.Client, entries: list[str], query: str
) -> None:
    assert entries
    answer = desk.get(f"/library?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert query.partition("=")[0] in answer.text


def test_an_entry_says_where_it_came_from_without_the_query(
    desk: httpx.Client, entries: list[str]
) -> None:
    page = desk.get(f"/library/{entries[1]}").text
    assert "/jpeg/1?…" in page
    assert "secret" not in page
    assert re.search(r'href="/jobs/\w+"', page)
    assert " style=" not in page


def test_an_edit_changes_what_was_changed_alone(desk: httpx.Client, entries: list[str]) -> None:
    given = form(desk, entries[2]) | {"m.caption": "Eins\r\nzwei", "m.source": ""}
    answer = desk.post(f"/library/{entries[2]}", data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/library/{entries[2]}?saved")
    page = desk.get(answer.headers["location"]).text
    assert "Saved as version 2" in page
    assert page.count("metadata.") == 1
    assert desk.post(f"/library/{entries[2]}", data=form(desk, entries[2])).status_code == 303
    assert "version 3" not in desk.get(f"/library/{entries[2]}").text


def test_a_conflict_shows_both_values_and_saving_again_keeps_the_other_change(
    desk: httpx.Client, shared_service: services.Service, entries: list[str]
) -> None:
    mine = form(desk, entries[3]) | {"m.caption": "mine & mine"}
    patched(shared_service, entries[3], caption="theirs", source="theirs too")
    answer = desk.post(f"/library/{entries[3]}", data=mine)
    assert answer.status_code == 409
    assert "somebody else changed this entry" in answer.text
    assert "mine &amp; mine</textarea>" in answer.text
    assert "<q>theirs</q>" in answer.text
    again = dict(_FIELD.findall(answer.text)) | {
        "m.caption": "mine & mine",
        "m.source": "theirs too",
    }
    assert desk.post(f"/library/{entries[3]}", data=again).status_code == 303
    kept = kept_of(shared_service, entries[3])
    assert kept["version"] == 3
    assert (kept["metadata"]["caption"], kept["metadata"]["source"]) == (
        "mine & mine",
        "theirs too",
    )


def test_who_may_only_look_changes_nothing(
    shared_service: services.Service, entries: list[str]
) -> None:
    with visitor(shared_service, "ui:read") as reader:
        given = form(reader, entries[4])
        for path in (f"/library/{entries[4]}", f"/library/{entries[4]}/act"):
            answer = reader.post(path, data={**given, "m.caption": "x", "act": "archive"})
            assert answer.status_code == 403
        assert '<fieldset class="stackv" disabled>' in reader.get(f"/library/{entries[4]}").text
    kept = kept_of(shared_service, entries[4])
    assert (kept["version"], "archivedAt" in kept) == (1, False)


def test_a_revoked_picture_leaves_the_gallery_and_its_page_shows_the_note_alone(
    desk: httpx.Client, entries: list[str]
) -> None:
    one, word = entries[5], form(desk, entries[5])["csrf"]
    act = {"csrf": word, "act": "revoke", "note": "Case <1>"}
    assert desk.post(f"/library/{one}/act", data=act).status_code == 303
    page = desk.get(f"/library/{one}").text
    assert "Case &lt;1&gt;" in page
    assert 'class="stage"><img' not in page
    assert "?w=1280" not in page
    assert f"/library/{one}" not in desk.get("/library?search=Picture+5").text
    assert f"/library/{one}" in desk.get("/library?state=revoked").text
    long = desk.post(f"/library/{one}/act", data={**act, "note": "x" * 201})
    assert (long.status_code, "200" in long.text) == (400, True)
    desk.post(f"/library/{one}/act", data={"csrf": word, "act": "unrevoke"})
    assert "?w=1280" in desk.get(f"/library/{one}").text


def test_an_archived_entry_is_shown_to_who_asks_for_it(
    desk: httpx.Client, entries: list[str]
) -> None:
    one, word = entries[6], form(desk, entries[6])["csrf"]
    desk.post(f"/library/{one}/act", data={"csrf": word, "act": "archive"})
    assert f"/library/{one}" in desk.get("/library?state=archived").text
    desk.post(f"/library/{one}/act", data={"csrf": word, "act": "unarchive"})
    assert f"/library/{one}" not in desk.get("/library?state=archived").text
    assert desk.post(f"/library/{one}/act", data={"csrf": word, "act": "eat"}).status_code == 400


@pytest.mark.parametrize("entry", ["nothing", "%00", "a%2Fb"])
def test_an_entry_that_is_not_there_is_no_page(desk: httpx.Client, entry: str) -> None:
    assert desk.get(f"/library/{entry}").status_code == 404
