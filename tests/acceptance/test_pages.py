"""The pages from outside: who may see them, who may post, and what they say when it goes wrong."""

import contextlib
import itertools
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import fastapi.routing
import httpx
import psycopg
import pytest

from tests.fixtures import processes
from tests.fixtures import service as services
from tests.origins import hostile
from wirephoto.api import app as api
from wirephoto.web import app as web
from wirephoto.web import jobs_live

READ, WRITE = "ui:read", "ui:write"
POSTS = ("retry", "cancel", "deliveries/msg_1/resend")


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url) as service:
        yield service


@pytest.fixture(scope="module")
def job(running: services.Service) -> Iterator[str]:
    with hostile.running() as origin:
        images = [
            services.image(origin.url("/jpeg/1"), 1),
            services.image(origin.url("/status/404?signature=secret"), 2),
            services.image(origin.url("/jpeg/3"), 3, fileName='<script>alert("x")</script>'),
        ]
        made = running.accept(images, "<b>archive</b>")
        running.wait(made)
        yield made


def browser(running: services.Service) -> httpx.Client:
    return httpx.Client(base_url=running.url, timeout=30)


@contextlib.contextmanager
def signed_in(
    running: services.Service, *scopes: str, project: str = "default"
) -> Iterator[httpx.Client]:
    with browser(running) as client:
        token = running.new_token(*scopes, project=project)
        answer = client.post("/signin", data={"token": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/jobs"), answer.text
        yield client


def csrf(client: httpx.Client, job: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(f"/jobs/{job}").text)
    assert found
    return found[1]


def declared() -> list[tuple[str, str]]:
    """Method and path of every page."""
    built = fastapi.FastAPI()
    web.add(built)
    return [
        (method, found.path)
        for found in fastapi.routing.iter_route_contexts(built.routes)
        for method in found.methods or ()
        if found.path and not found.path.startswith(("/static", "/openapi", "/docs", "/redoc"))
    ]


def test_who_is_not_signed_in_is_led_to_the_door_from_every_page(
    running: services.Service, job: str
) -> None:
    with browser(running) as client:
        pages = [one for one in declared() if not one[1].startswith("/sign")]
        assert len(pages) > 5
        for method, path in pages:
            asked = path.format(public_id=job, delivery="msg_1", id="nothing", number=1)
            answer = client.request(method, asked)
            assert (answer.status_code, answer.headers.get("location")) == (303, "/signin"), path


@pytest.mark.parametrize("token", ["", "wp_x", "\0", "wp_" + "0" * 44])
def test_what_is_no_token_opens_nothing(running: services.Service, token: str) -> None:
    with browser(running) as client:
        answer = client.post("/signin", data={"token": token})
        assert answer.status_code in {400, 403}
        assert not client.cookies


def test_a_token_for_the_api_alone_does_not_open_the_pages(running: services.Service) -> None:
    with browser(running) as client:
        answer = client.post("/signin", data={"token": running.token})
        assert answer.status_code == 403
        assert "ui:read, ui:write or ui:admin" in answer.text


def test_who_may_look_sees_the_job_and_may_change_nothing(
    running: services.Service, job: str
) -> None:
    with signed_in(running, READ) as client:
        page = client.get(f"/jobs/{job}")
        assert page.status_code == 200
        assert "retry" not in re.findall(r'action="([^"]*)"', page.text)
        assert client.get(f"/jobs/{job}/failed.csv").text.count("\n") == 2
        word = re.search(r'name="csrf" value="(\w+)"', page.text)
        for act in POSTS:
            data = {"csrf": word[1] if word else ""}
            assert client.post(f"/jobs/{job}/{act}", data=data).status_code == 403


def test_what_a_caller_wrote_is_shown_and_never_run(running: services.Service, job: str) -> None:
    with signed_in(running, READ) as client:
        for page in (client.get("/jobs"), client.get(f"/jobs/{job}")):
            assert "<b>archive</b>" not in page.text
            assert "&lt;b&gt;archive&lt;/b&gt;" in page.text
            assert '<script>alert("x")' not in page.text
            assert " style=" not in page.text
            assert " onclick" not in page.text
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["cache-control"] == "no-store"


def test_no_page_shows_the_query_of_a_pictures_address(running: services.Service, job: str) -> None:
    with signed_in(running, WRITE) as client:
        page = client.get(f"/jobs/{job}?state=failed").text
        assert "/status/404?…" in page
        assert "secret" not in page


def test_a_form_of_another_site_does_nothing(running: services.Service, job: str) -> None:
    with signed_in(running, WRITE) as client:
        word = csrf(client, job)
        foreign: tuple[dict[str, Any], ...] = (
            {"data": {}},
            {"data": {"csrf": "0" * 64}},
            {"data": {"csrf": word}, "headers": {"Sec-Fetch-Site": "cross-site"}},
            {"data": {"csrf": word}, "headers": {"Origin": "https://elsewhere.example"}},
        )
        for asked in foreign:
            assert client.post(f"/jobs/{job}/retry", **asked).status_code == 403
        other = client.post("/signout", headers={"Sec-Fetch-Site": "cross-site"})
        assert other.status_code == 403
        answer = client.post(f"/jobs/{job}/retry", data={"csrf": word})
        assert answer.status_code == 303
        again = urlsplit(answer.headers["location"]).path.rpartition("/")[2]
        assert running.wait(again)["retryOf"] == job


def test_the_word_of_one_session_is_none_of_another(running: services.Service, job: str) -> None:
    with signed_in(running, WRITE) as one, signed_in(running, WRITE) as other:
        data = {"csrf": csrf(one, job)}
        assert other.post(f"/jobs/{job}/cancel", data=data).status_code == 403


def test_a_session_ends_with_its_token_and_by_signing_out(running: services.Service) -> None:
    with signed_in(running, READ) as client:
        cookie = dict(client.cookies)
        assert client.post("/signout").headers["location"] == "/signin"
        client.cookies.update(cookie)
        assert client.get("/jobs").status_code == 303
    with signed_in(running, READ) as client:
        running.sql("update tokens set revoked_at = now() where scopes = array['ui:read']")
        assert client.get("/jobs").status_code == 303


def test_the_cookie_is_kept_from_scripts_and_its_digest_alone_is_in_the_database(
    running: services.Service,
) -> None:
    with browser(running) as client:
        token = running.new_token(READ)
        answer = client.post("/signin", data={"token": token, "stay": "1"})
        said = answer.headers["set-cookie"]
        assert "HttpOnly" in said
        assert "SameSite=lax" in said
        assert "Max-Age=2592000" in said
        value = client.cookies["wirephoto_session"]
        rows = running.sql("select encode(digest, 'escape') from sessions")
        assert all(value not in row[0] for row in rows)


def test_a_job_of_another_project_is_not_there(running: services.Service, job: str) -> None:
    running.sql("insert into projects (handle) values ('other') on conflict do nothing")
    with signed_in(running, WRITE, project="other") as client:
        assert job not in client.get("/jobs").text
        for path in (f"/jobs/{job}", f"/jobs/{job}/live", f"/jobs/{job}/failed.csv", "/jobs/%00"):
            assert client.get(path).status_code == 404
        assert "The page is not there" in client.get(f"/jobs/{job}").text


@pytest.mark.parametrize(
    "query", ["state=running", "state=failures", "q=archive", "before=nothing", "state=x", "q=%00"]
)
def test_lists_answer_any_query_with_a_page(
    running: services.Service, job: str, query: str
) -> None:
    with signed_in(running, READ) as client:
        answer = client.get(f"/jobs?{query}")
        assert answer.status_code in {200, 404}
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_images_are_paged_and_filtered(running: services.Service) -> None:
    with hostile.running() as origin, signed_in(running, WRITE) as client:
        images = [services.image(origin.url(f"/jpeg/{n % 3}"), n) for n in range(120)]
        made = running.accept(images, "paged")
        running.wait(made)
        first = client.get(f"/jobs/{made}")
        assert first.text.count('<td class="pic">') == 50
        rest = client.get(f"/jobs/{made}?after=99")
        assert rest.text.count('<td class="pic">') == 20
        assert client.get(f"/jobs/{made}?state=failed").text.count('<td class="pic">') == 0


def test_a_revoked_picture_is_asked_for_by_no_page_of_jobs(running: services.Service) -> None:
    with hostile.running() as origin, signed_in(running, READ) as client:
        made = running.accept([services.image(origin.url(f"/jpeg/{n}"), n) for n in range(2)])
        urls = [row["image"]["originalUrl"] for row in running.wait(made)["images"]]
        lost, there = (urlsplit(url).path for url in urls)
        running.sql(
            "update blobs set revoked_at = now() where key = %(key)s",
            key=lost.partition("serve-image/")[2],
        )
        for path in ("/jobs", f"/jobs/{made}", f"/jobs/{made}?state=success"):
            page = client.get(path).text
            assert lost not in page
            assert there in page


def test_a_page_speaks_german_to_who_asks_for_it(running: services.Service) -> None:
    with signed_in(running, READ) as client:
        page = client.get("/jobs", headers={"Accept-Language": "de-CH, de;q=0.9"})
        assert page.headers["content-language"] == "de"
        assert "Aufträge" in page.text


def test_the_api_knows_nothing_of_the_pages() -> None:
    built = api.build(None)  # type: ignore[arg-type]  # its contract alone
    assert not any(path.startswith("/jobs") for path in built.openapi()["paths"])


def test_a_running_job_shows_how_it_goes_at_each_origin(running: services.Service) -> None:
    with hostile.running() as origin, signed_in(running, READ) as client:
        images = [services.image(origin.url(f"/jpeg/{n}?after=30"), n) for n in range(3)]
        made = running.accept(images, "origins")
        host = urlsplit(origin.url("")).netloc
        with client.stream("GET", f"/jobs/{made}/live") as stream:
            said = _heard(stream, "3 of 16 connections")
        assert f'title="{host}"' in said
        assert "Steady" in said
        running.client.post(f"/api/v1/import/images/{made}/cancel")


def _heard(stream: httpx.Response, wanted: str) -> str:
    """All that a stream says until it says this."""
    said = ""
    for line in stream.iter_lines():
        said += line
        if wanted in said:
            return said
    raise AssertionError(said[-3000:])


def test_a_parked_origin_is_said_to_be_parked_and_until_when(running: services.Service) -> None:
    with hostile.running() as origin, signed_in(running, READ) as client:
        made = running.accept([services.image(origin.url("/jpeg/1?after=20"), 1)], "parked")
        running.sql(
            "insert into origins (name, unreachable, parked_at, probe_at)"
            " values (%(name)s, 21, now(), now() + interval '40 seconds')"
            " on conflict (name) do update set parked_at = now(), probe_at = excluded.probe_at",
            name=origin.url("").rstrip("/"),
        )
        page = client.get(f"/jobs/{made}").text
        assert re.search(r"Parked, again in 0:(3\d|40)", page)
        running.client.post(f"/api/v1/import/images/{made}/cancel")


def test_a_stream_tells_who_is_signed_out_by_its_status(
    running: services.Service, job: str
) -> None:
    with browser(running) as client:
        answer = client.get(f"/jobs/{job}/live", headers={"Accept": "text/event-stream"})
        assert answer.status_code == 401


def test_a_stream_of_a_finished_job_ends_with_a_word_that_keeps_browsers_from_coming_back(
    running: services.Service, job: str
) -> None:
    with signed_in(running, READ) as client:
        assert "event: end" in client.get(f"/jobs/{job}/live").text


def test_a_list_of_jobs_moves_for_all_who_watch_it_and_ends_with_the_token(
    running: services.Service,
) -> None:
    watched = "/jobs/live?state=cancelled&systemName=moving"
    with (
        signed_in(running, READ, WRITE) as one,
        signed_in(running, READ) as other,
        one.stream("GET", watched) as first,
        other.stream("GET", watched) as second,
    ):
        assert "No job fits" in _heard(first, "No job fits")
        lines = second.iter_lines()
        made = running.accept([services.image("http://127.0.0.1:1/x")], "moving")
        running.client.post(f"/api/v1/import/images/{made}/cancel")
        said = next(line for line in lines if f"job-{made}" in line)
        assert "data: " in said
        running.sql("update tokens set revoked_at = now() where scopes = array['ui:read']")
        assert len(list(itertools.islice(lines, 100))) < 100, "it goes on without a token"


def test_many_who_watch_a_list_have_their_tokens_looked_at_together(
    running: services.Service,
) -> None:
    with contextlib.ExitStack() as all_of_them:
        watched = []  # a stream whose iterator goes is closed
        for _ in range(6):
            client = all_of_them.enter_context(signed_in(running, READ))
            stream = all_of_them.enter_context(client.stream("GET", "/jobs/live"))
            watched.append(stream.iter_lines())
            assert next(line for line in watched[-1] if line.startswith("data: "))
        with psycopg.connect(running.environment["WIREPHOTO_DATABASE_URL"]) as shut:
            shut.execute("lock table tokens in access exclusive mode")
            processes.until(lambda: _waiting(running), "somebody looks")
            time.sleep(2 * jobs_live.SECONDS)  # in which each of them would have come
            assert _waiting(running) == 1


def _waiting(service: services.Service) -> int:
    """How many connections of the API wait for a lock."""
    ((waiting,),) = service.sql(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and application_name = 'wirephoto api' and datname = current_database()"
    )
    return int(waiting)


def test_jobs_are_found_by_their_system_and_their_state_together(
    running: services.Service, job: str
) -> None:
    other = running.accept([services.image("http://127.0.0.1:1/x")], "press & desk")
    running.client.post(f"/api/v1/import/images/{other}/cancel")
    with signed_in(running, READ) as client:
        page = client.get("/jobs", params={"systemName": "press & desk"}).text
        assert f"/jobs/{other}" in page
        assert f"/jobs/{job}" not in page
        assert "?state=cancelled&amp;systemName=press%20%26%20desk" in page
        none = client.get("/jobs", params={"systemName": "press & desk", "state": "done"}).text
        assert "No job fits" in none
        assert '<option value="press &amp; desk" selected>' in none
