"""The import page from outside: lists in, what would happen, and one job whatever is clicked."""

import csv
import io
import re
from collections.abc import Iterator
from concurrent import futures
from pathlib import PurePosixPath
from typing import Any

import httpx
import pytest

from tests.fixtures import service as services
from tests.origins import hostile


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url) as service:
        yield service


@pytest.fixture
def desk(running: services.Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=60, follow_redirects=True) as client:
        client.post("/signin", data={"token": running.new_token("ui:write")})
        yield client


def word(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def give(
    desk: httpx.Client, content: bytes = b"", *, urls: str = "", system: str = "desk"
) -> httpx.Response:
    data = {"csrf": word(desk.get("/import")), "urls": urls, "system": system}
    return desk.post("/import", data=data, files={"file": ("list.csv", content, "text/csv")})


def figures(page: httpx.Response) -> list[str]:
    """Created, updated, unchanged, invalid."""
    return re.findall(r'<div class="fig"><b>([^<]*)</b>', page.text)


def chosen(page: httpx.Response) -> list[str]:
    return re.findall(r'<option value="([^"]*)" selected>', page.text)


def start(desk: httpx.Client, page: httpx.Response, **more: Any) -> httpx.Response:
    return desk.post(page.url.path, data={"csrf": word(page), "start": "1", **more})


def test_pasted_addresses_become_a_job_without_a_script_and_a_bad_one_is_left_out(
    running: services.Service, desk: httpx.Client
) -> None:
    with hostile.running() as origin:
        page = give(desk, urls=f"{origin.url('/jpeg/1')}\n\nftp://x/y\n{origin.url('/jpeg/2?s=1')}")
        assert figures(page) == ["2", "0", "0", "1"]
        assert "left out" in page.text
        done = start(desk, page)
        assert done.url.path.startswith("/jobs/"), done.text
        rows = running.wait(done.url.path.rpartition("/")[2])["images"]
        assert [row["state"] for row in rows] == ["success", "success"]
        assert rows[0]["externalId"].endswith("/jpeg/1")
        assert "s=1" not in rows[1]["externalId"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("www.example.com/a.jpg", "Adresse mit https:// vor dem Host versuchen"),
        ("https//example.com/a.jpg", "nach https muss :// stehen"),
        ("htp://example.com/a.jpg", "beginnt mit htp://, gemeint ist wohl http://"),
    ],
)
def test_a_slip_in_the_first_pasted_address_is_told_with_what_was_meant(
    desk: httpx.Client, given: str, said: str
) -> None:
    desk.headers["Accept-Language"] = "de"
    page = give(desk, urls=f"{given}\nhttps://example.com/b.jpg")
    assert figures(page) == ["1", "0", "0", "1"]
    assert said in page.text


def test_a_button_pressed_many_times_at_once_makes_one_job(desk: httpx.Client) -> None:
    with hostile.running() as origin:
        page = give(desk, urls=origin.url("/jpeg/9"), system="twice")
        with futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: start(desk, page), range(6)))
        assert len({answer.url.path for answer in answers}) == 1
        assert desk.get("/jobs?q=twice").text.count("data-stop") == 1


def test_what_was_changed_is_checked_before_it_starts(desk: httpx.Client) -> None:
    with hostile.running() as origin:
        page = give(desk, urls=origin.url("/jpeg/9"), system="unchecked")
        seen = start(desk, page, system="checked")
        assert seen.url.path.startswith("/import/")
        assert 'value="checked"' in seen.text
        assert start(desk, seen, system="checked").url.path.startswith("/jobs/")


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")]
)
def test_a_table_of_any_dialect_is_matched_by_its_words(
    running: services.Service, desk: httpx.Client, encoding: str, separator: str
) -> None:
    with hostile.running() as origin:
        lines = [
            ["Bild-URL", "Archiv_Nr", "Datei", "Quelle", "_intern"],
            [origin.url("/jpeg/3"), "A-1", "Fähre.jpg", "Müller für Zürich", "x"],
        ]
        text = "".join(separator.join(line) + "\r\n" for line in lines)
        page = give(desk, text.encode(encoding), system=f"table-{encoding}")
        assert chosen(page)[:5] == ["url", "id", "fileName", "p:source", ""]
        assert "Fähre.jpg" in page.text
        done = start(desk, page)
        (row,) = running.wait(done.url.path.rpartition("/")[2])["images"]
        assert (row["state"], row["externalId"], row["title"]) == ("success", "A-1", "Fähre.jpg")
        entry = running.get(f"/mediaLibrary/{row['image']['mediaId']}").json()
        assert entry["metadata"]["source"] == "Müller für Zürich"


def test_faults_are_told_by_row_and_field_and_counted(desk: httpx.Client) -> None:
    content = (
        b"url;id;title\n" + b"nothing;1;a\n" * 3 + b"https://h.example/x;%s;b\n" % (b"9" * 2000)
    )
    page = give(desk, content)
    assert figures(page) == ["0", "0", "0", "4"]
    assert re.search(r">2</td>.*?url</td>.*?>3</td>", page.text, re.DOTALL)
    assert "must be at most 1024 bytes" in page.text
    assert "No row can be imported yet" in page.text


def test_a_column_is_matched_by_hand(desk: httpx.Client) -> None:
    page = give(desk, b"where,what\nh.example/x,y\n")
    assert "No column is the image address" in page.text
    page = desk.post(page.url.path, data={"csrf": word(page), "c0": "url", "c1": "url"})
    assert "Two columns become the same" in page.text
    page = desk.post(page.url.path, data={"csrf": word(page), "c0": "url", "c1": "fileName"})
    assert figures(page)[3] == "1"


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"PK\x03\x04\0\0", b"\xff\xfe\0", b'url\n"open', b"a" * 5_000_000]
)
def test_what_is_no_list_is_refused_in_words(desk: httpx.Client, content: bytes) -> None:
    page = give(desk, content)
    assert page.status_code in {200, 400}
    assert 'role="alert"' in page.text or "No row can be imported yet" in page.text


def test_who_may_only_look_gives_no_list_and_another_site_neither(
    running: services.Service, desk: httpx.Client
) -> None:
    files = {"file": ("a.csv", b"url\nhttps://h.example/1", "text/csv")}
    assert desk.post("/import", data={"csrf": "0" * 64}, files=files).status_code == 403
    good = word(desk.get("/import"))
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = desk.post("/import", data={"csrf": good}, files=files, headers=foreign)
    assert answer.status_code == 403
    with httpx.Client(base_url=running.url, follow_redirects=True) as reader:
        reader.post("/signin", data={"token": running.new_token("ui:read")})
        data = {"csrf": word(reader.get("/import"))}
        assert reader.post("/import", data=data, files=files).status_code == 403


def test_a_list_of_another_project_is_not_there(
    running: services.Service, desk: httpx.Client
) -> None:
    page = give(desk, urls="https://h.example/1.jpg")
    running.sql("insert into projects (handle) values ('other') on conflict do nothing")
    with httpx.Client(base_url=running.url, follow_redirects=True) as other:
        other.post("/signin", data={"token": running.new_token("ui:write", project="other")})
        assert other.get(str(PurePosixPath(page.url.path))).status_code in {403, 404}


def test_a_first_line_of_excel_says_the_separator_and_is_no_row(desk: httpx.Client) -> None:
    content = "sep=;\r\nBild;id;caption\r\nhttps://h.example/1.jpg;1;a, b\r\nx;2;c\r\n"
    page = give(desk, content.encode("utf-8-sig"))
    assert figures(page) == ["1", "0", "0", "1"]
    assert "a, b" in page.text
    assert re.search(r'data-h="Row">4<', page.text)


def test_rows_that_are_left_out_come_back_as_they_were_each_with_its_reason(
    desk: httpx.Client,
) -> None:
    content = (
        'url;id;caption;_problem\nhttps://h.example/1.jpg;1;good;\n;2;"=1+1";old\nftp://x;3;"ä;b";'
    )
    page = give(desk, content.encode())
    assert f"{page.url.path}/left-out.csv" in page.text
    answer = desk.get(f"{page.url.path}/left-out.csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["id"], row["_line"], row["_problem"]) for row in rows] == [
        ("2", "3", "url: is empty"),
        ("3", "4", "url: must begin with http:// or https://; it begins with ftp://"),
    ]
    assert (rows[0]["caption"], rows[0]["_guarded"]) == ("'=1+1", "caption")
    assert rows[1]["caption"] == "ä;b"
    again = give(desk, answer.content)
    assert figures(again) == ["0", "0", "0", "2"]
    assert chosen(again)[:6] == ["url", "id", "p:caption", "", "", ""]


def test_what_is_wrong_with_rows_is_said_in_german_to_who_asks_for_it(desk: httpx.Client) -> None:
    page = give(desk, urls="ftp://x/y\nhttps://h.example/1.jpg")
    german = desk.get(page.url.path, headers={"Accept-Language": "de"})
    assert "muss mit http:// oder https:// beginnen" in german.text
    assert "must begin" not in german.text


def test_of_a_projects_lists_the_newest_twenty_are_kept(
    running: services.Service, desk: httpx.Client
) -> None:
    first = give(desk, urls="https://h.example/0.jpg")
    for number in range(20):
        give(desk, urls=f"https://h.example/{number}.jpg")
    assert running.sql("select count(*) from drafts") == [(20,)]
    assert desk.get(first.url.path).status_code == 404
    assert desk.get(f"{first.url.path}/left-out.csv").status_code == 404
