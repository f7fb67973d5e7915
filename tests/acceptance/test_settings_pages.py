"""Settings from outside: tokens are made, shown once, revoked, and never give more than one has."""

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fixtures import service as services
from wirephoto.project import tokens

ADMIN = "ui:admin"
TYPE: dict[str, Any] = {
    "handle": "image",
    "type": "mediaImage",
    "metadata": [
        {"handle": "title", "type": "li-text", "config": {"required": True, "maxLength": 80}},
        {
            "handle": "rights",
            "type": "li-enum",
            "config": {"dataProvider": {"type": "labelValuePair", "items": [{"value": "a<b"}]}},
        },
    ],
}


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "sport.json").write_text(json.dumps({"mediaTypes": [TYPE]}))
        with services.serving(module_database_url, workers=0, data_dir=data_dir) as service:
            yield service


@contextlib.contextmanager
def admin(
    running: services.Service, *scopes: str, project: str = "default"
) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=30) as client:
        token = running.new_token(*scopes or (ADMIN,), project=project)
        assert client.post("/signin", data={"token": token}).status_code == 303
        yield client


def word(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/settings/tokens").text)
    assert found
    return found[1]


def make(client: httpx.Client, name: str, *scopes: str, days: str = "") -> httpx.Response:
    data = {"csrf": word(client), "name": name, "days": days}
    data |= {f"scope.{scope}": "1" for scope in scopes}
    return client.post("/settings/tokens", data=data)


def shown(answer: httpx.Response) -> str:
    found = re.search(r'id="minted">(\w+)<', answer.text)
    assert found, answer.text
    return found[1]


def number(running: services.Service, token: str) -> int:
    ((found,),) = running.sql(
        "select id from tokens where digest = %(digest)s", digest=tokens.digest(token)
    )
    return int(found)


def test_a_token_is_shown_once_and_does_what_it_may(running: services.Service) -> None:
    with admin(running) as client:
        answer = make(client, "desk <b>", "public-api:read", days="30")
        token = shown(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert "desk &lt;b&gt;" in answer.text
        assert running.get("/mediaLibrary", token, ids="x").status_code == 200
        assert running.get("/import/images", token).status_code == 403
        assert token not in client.get("/settings/tokens").text
        ((maker, days),) = running.sql(
            "select m.name, extract(day from t.expires_at - t.created_at)::int"
            " from tokens t join tokens m on m.id = t.made_by where t.name = 'desk <b>'"
        )
        assert (maker, days) == ("another", 30)


def test_a_form_that_is_sent_twice_makes_one_token(running: services.Service) -> None:
    with admin(running) as client:
        assert make(client, "twice", "ui:read").status_code == 200
        again = make(client, "twice", "ui:read")
        assert (again.status_code, "minted" in again.text) == (400, False)
        assert "is in force" in again.text
        assert running.sql("select count(*) from tokens where name = 'twice'") == [(1,)]


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", ["ui:read"]), ("a\nb", ["ui:read"]), ("x" * 101, ["ui:read"]), ("x", [])],
)
def test_a_token_without_name_or_scope_is_not_made_and_the_form_keeps_what_was_typed(
    running: services.Service, name: str, scopes: list[str]
) -> None:
    with admin(running) as client:
        answer = make(client, name, *scopes)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert running.sql("select count(*) from tokens where name = %(name)s", name=name) == [(0,)]


@pytest.mark.parametrize("scopes", [["ui:write"], ["ui:read", "metrics:read"], ["ui:read"]])
def test_who_is_no_admin_makes_and_revokes_nothing(
    running: services.Service, scopes: list[str]
) -> None:
    with admin(running, *scopes) as client:
        page = client.get("/import")
        found = re.search(r'name="csrf" value="(\w+)"', page.text)
        data = {"csrf": found[1] if found else "", "name": "grab", "scope.ui:admin": "1"}
        assert client.get("/settings/tokens").status_code == 403
        assert client.post("/settings/tokens", data=data).status_code == 403
        assert client.post("/settings/tokens/1/revoke", data=data).status_code == 403
    assert running.sql("select count(*) from tokens where name = 'grab'") == [(0,)]
    assert running.sql("select revoked_at from tokens where id = 1") == [(None,)]


def test_an_admin_of_a_project_gives_no_look_into_the_installation(
    running: services.Service,
) -> None:
    with admin(running) as client:
        assert 'name="scope.metrics:read"' not in client.get("/settings/tokens").text
        refused = make(client, "metrics", "ui:read", "metrics:read")
        assert refused.status_code == 403
        assert "metrics:read" in refused.text
    with admin(running, ADMIN, "metrics:read") as client:
        assert make(client, "metrics", "metrics:read").status_code == 200


def test_a_token_ends_no_later_than_the_one_that_made_it(running: services.Service) -> None:
    with admin(running) as client:
        running.sql(
            "update tokens set expires_at = now() + interval '2 days'"
            " where id = (select max(id) from tokens)"
        )
        token = shown(make(client, "brief", ADMIN))
        ((left,),) = running.sql(
            "select expires_at < now() + interval '2 days' from tokens where id = %(id)s",
            id=number(running, token),
        )
        assert left


def test_a_revoked_token_is_refused_at_once_and_its_session_too(running: services.Service) -> None:
    with admin(running) as client, httpx.Client(base_url=running.url) as other:
        token = shown(make(client, "short", "public-api:read", "ui:read"))
        other.post("/signin", data={"token": token})
        which = number(running, token)
        asked = client.get(f"/settings/tokens?revoke={which}").text
        assert re.search(
            rf'<dialog id="revoke-{which}"[^>]* open>\s*<h2[^>]*>Revoke “short”', asked
        )
        answer = client.post(f"/settings/tokens/{which}/revoke", data={"csrf": word(client)})
        assert answer.status_code == 303
        assert "“short” is revoked" in client.get(answer.headers["location"]).text
        assert running.get("/mediaLibrary", token, ids="x").status_code == 401
        assert other.get("/jobs").status_code == 303
        again = client.post(f"/settings/tokens/{which}/revoke", data={"csrf": word(client)})
        assert again.status_code == 404


def test_an_admin_ends_neither_what_the_operator_alone_gives_nor_what_is_of_another_project(
    running: services.Service,
) -> None:
    prometheus = number(running, running.new_token("metrics:read"))
    theirs = number(running, running.new_token("ui:read", project="sport"))
    with admin(running) as client:
        assert f"revoke={prometheus}" not in client.get("/settings/tokens").text
        for which in (prometheus, theirs):
            answer = client.post(f"/settings/tokens/{which}/revoke", data={"csrf": word(client)})
            assert answer.status_code == 404
    for which in (prometheus, theirs):
        assert running.sql("select revoked_at from tokens where id = %(id)s", id=which) == [(None,)]


def test_a_foreign_form_makes_no_token(running: services.Service) -> None:
    with admin(running) as client:
        data = {"csrf": word(client), "name": "foreign", "scope.ui:read": "1"}
        for asked in (
            {"data": data | {"csrf": "0" * 64}},
            {"data": data, "headers": {"Sec-Fetch-Site": "cross-site"}},
        ):
            assert client.post("/settings/tokens", **asked).status_code == 403  # type: ignore[arg-type]
    assert running.sql("select count(*) from tokens where name = 'foreign'") == [(0,)]


def test_media_types_are_shown_as_they_are_in_force(running: services.Service) -> None:
    with admin(running, "ui:read", project="sport") as client:
        page = client.get("/settings").headers["location"]
        text = client.get(page).text
        assert "at most 80 characters" in text
        assert "required" in text
        assert "a&lt;b" in text
        german = client.get(page, headers={"Accept-Language": "de"}).text
        assert "höchstens 80 Zeichen" in german
    with admin(running, "ui:read") as client:
        assert "any further metadata" in client.get("/settings/media-types?type=none").text


def test_health_shows_what_doctor_checks_and_how_much_there_is(running: services.Service) -> None:
    with admin(running, "ui:read", "metrics:read") as client:
        page = client.get("/settings/health").text
        assert str(running.data_dir) in page
        for said in ("PostgreSQL 1", "none alive: start", "makes JPEG", "GB free", "0, 0 B"):
            assert said in page, said
        german = client.get("/settings/health", headers={"Accept-Language": "de"}).text
        assert "keiner lebt" in german


def test_health_shows_workers_alive_and_receivers_that_are_paused(
    running: services.Service,
) -> None:
    running.sql("insert into workers (host, pid, release) values ('press-7', 41, '0.0.1')")
    running.sql(
        "insert into endpoints (project_id, digest, url, origin, paused_at, failing_since)"
        " select id, 'x', 'https://cms.example/hook', 'https://cms.example:443', now(), now()"
        " from projects where handle = 'sport'"
    )
    with admin(running, ADMIN, "metrics:read") as client:
        form = {"csrf": word(client)}
        assert client.post("/settings/health", data=form).status_code == 303
        page = client.get("/settings/health").text
        for said in ("press-7", "another release", "1 alive", "https://cms.example:443"):
            assert said in page, said
        assert "/hook" not in page


def test_many_who_look_at_health_are_served_by_one_look(running: services.Service) -> None:
    with admin(running, "ui:read", "metrics:read") as client:
        client.get("/settings/health")
        running.sql("insert into workers (host, pid, release) values ('press-8', 42, '0.0.1')")
        assert "press-8" not in client.get("/settings/health").text
