"""Every route of the application has a rule: the scope that it needs, or why it needs none.

A route without a rule fails. To add one, put a line into ``RULES``: method and path as they are
declared, ``READ`` or ``WRITE`` for what it needs, and in ``Needs.of`` what the ``{id}`` in its path
names (``JOB``, ``ENTRY``, or None where there is none), so that it is asked for as another project.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import fastapi.routing
import httpx
import pytest
from starlette import routing

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures
from wirephoto.api import app as api
from wirephoto.project import tokens

READ, WRITE, METRICS = "public-api:read", "public-api:write", "metrics:read"
JOB, ENTRY = "job", "entry"
ARCHIVE = '{"patches": [{"operation": "archive"}]}'


@dataclass(frozen=True)
class Needs:
    """A token with ``scope``; ``query`` and ``body`` are what the route must be asked with."""

    scope: str
    of: str | None = None
    query: str = ""
    body: str | None = None


@dataclass(frozen=True)
class Public:
    """No token, because."""

    reason: str


_API = "/api/{version}"
RULES: dict[tuple[str, str], Needs | Public] = {
    ("POST", f"{_API}/import/images"): Needs(WRITE),
    ("POST", f"{_API}/import/uploads"): Needs(WRITE),
    ("PUT", f"{_API}/import/uploads/{{id}}"): Public("its address is signed for these bytes"),
    ("GET", f"{_API}/import/images/status"): Needs(WRITE, JOB, "id={id}"),
    ("GET", f"{_API}/import/images"): Needs(WRITE),
    ("POST", f"{_API}/import/images/{{id}}/cancel"): Needs(WRITE, JOB),
    ("POST", f"{_API}/import/images/{{id}}/retry"): Needs(WRITE, JOB),
    ("GET", f"{_API}/import/images/{{id}}/rows"): Needs(WRITE, JOB),
    ("GET", f"{_API}/import/images/{{id}}/events"): Needs(WRITE, JOB),
    ("GET", f"{_API}/import/images/{{id}}/deliveries"): Needs(WRITE, JOB),
    ("POST", f"{_API}/import/images/{{id}}/deliveries/{{delivery}}/resend"): Needs(WRITE, JOB),
    ("POST", f"{_API}/import/mediaLibrary"): Needs(WRITE),
    ("GET", f"{_API}/mediaLibrary"): Needs(READ, None, "ids=x"),
    ("GET", f"{_API}/mediaLibrary/{{id}}"): Needs(READ, ENTRY),
    ("GET", f"{_API}/mediaLibrary/{{id}}/similar"): Needs(READ, ENTRY),
    ("PATCH", f"{_API}/mediaLibrary/{{id}}"): Needs(WRITE, ENTRY, body=ARCHIVE),
    ("GET", f"{_API}/mediaLibrary/{{id}}/history"): Needs(READ, ENTRY),
    ("GET", f"{_API}/mediaLibrary/serve-image/{{key:path}}"): Public("the key cannot be guessed"),
    ("HEAD", f"{_API}/mediaLibrary/serve-image/{{key:path}}"): Public("as its GET"),
    ("GET", f"{_API}/health"): Public("says nothing but that we are up"),
    ("HEAD", f"{_API}/health"): Public("as its GET"),
    ("GET", "/metrics"): Needs(METRICS),
    ("GET", "/openapi.json"): Public("the contract is public"),
    ("HEAD", "/openapi.json"): Public("as its GET"),
}
PROTECTED = [(*route, rule) for route, rule in RULES.items() if isinstance(rule, Needs)]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X")
_HOW = "has no rule: add a line to RULES in tests/acceptance/test_scopes.py, as its head says"


def declared() -> set[tuple[str, str]]:
    """Method and path of every route that the built application has."""
    built = api.build(cast("Any", None))
    return set(_declared(fastapi.routing.iter_route_contexts(built.routes)))


def _declared(found: Any) -> Iterator[tuple[str, str]]:
    for route in found:
        for method in route.methods or {"ANY"}:
            yield method, route.path


@pytest.mark.parametrize("route", sorted(declared()), ids=" ".join)
def test_every_route_has_a_rule(route: tuple[str, str]) -> None:
    assert route in RULES, f"{' '.join(route)} {_HOW}"


def test_every_rule_has_its_route() -> None:
    assert set(RULES) <= declared()
    assert all(len(rule.reason) > 5 for rule in RULES.values() if isinstance(rule, Public))


def test_nothing_else_is_mounted() -> None:
    """A mount or a web socket would be no route of the table."""
    built = api.build(cast("Any", None))
    kinds = (routing.Mount, routing.WebSocketRoute, routing.Host)
    assert not [route for route in built.routes if isinstance(route, kinds)]


# Below: what each rule means, asked of a running service.


@dataclass
class Doors:
    """A service with two projects; ``ids`` are things of the project ``default``."""

    service: services.Service
    ids: dict[str, str]
    client: httpx.Client  # without a token

    def token(self, *scopes: str, project: str = "default") -> str:
        return self.service.new_token(*scopes, project=project)

    def ask(self, method: str, path: str, rule: Needs, authorization: str | None) -> httpx.Response:
        """The head of the answer and, where it ends by itself, its body."""
        headers = {} if authorization is None else {"Authorization": authorization}
        url = self.filled(path, rule)
        with self.client.stream(method, url, headers=headers, content=rule.body) as answer:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                answer.read()
        return answer

    def filled(self, path: str, rule: Needs | Public) -> str:
        of = rule.of if isinstance(rule, Needs) else None
        query = rule.query if isinstance(rule, Needs) else ""
        values = {"version": "v1", "id": self.ids.get(of or "", "x")}
        values |= {"delivery": self.ids["delivery"], "key:path": "x", "key": "x"}
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", value)
            query = query.replace(f"{{{name}}}", value)
        assert "{" not in path, f"{path} has a parameter that is not filled in Doors.filled"
        return f"{path}?{query}" if query else path


@pytest.fixture(scope="module")
def doors(module_database_url: str, gallery: galleries.Gallery) -> Iterator[Doors]:
    media_type = {"handle": "image", "type": "mediaImage", "metadata": []}
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "sport.json").write_text(json.dumps({"mediaTypes": [media_type]}))
        with (
            services.serving(module_database_url, data_dir=data_dir) as running,
            httpx.Client(base_url=running.url, timeout=30) as client,
        ):
            yield Doors(running, _things(running, gallery), client)


def _things(service: services.Service, gallery: galleries.Gallery) -> dict[str, str]:
    """A finished job, its webhook's delivery and its entry."""
    url = gallery.hang("/1.jpg", pictures.jpeg(1))
    images = [services.image(url, 1), services.image(url.replace("1.jpg", "none"), 2)]
    job = service.accept(images, "doors", webhook="http://127.0.0.1:1/")
    rows = service.wait(job)["images"]
    ((delivery,),) = service.sql("select public_id from deliveries")
    return {JOB: job, ENTRY: rows[0]["image"]["mediaId"], "delivery": delivery}


def refused(answer: httpx.Response, status: int, details: dict[str, Any]) -> None:
    assert answer.status_code == status, answer.text
    shapes.check(answer.json(), shapes.error(status, details))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def _unwelcome(doors: Doors, rule: Needs) -> Iterator[tuple[str | None, str]]:
    """What is no valid token, and what is said of it."""
    missing, unknown = "The access token is missing.", "The access token is unknown."
    yield from ((given, missing) for given in (None, "", "Bearer", "Basic YTpi", tokens.mint()))
    minted = tokens.mint()
    yield from ((bearer(given), unknown) for given in ("x", minted, minted[:-1], "wp_" + "a" * 44))
    for column, said in (("revoked_at", "was revoked."), ("expires_at", "expired.")):
        token = doors.token(rule.scope)
        query = "update tokens set {} = now() where digest = %(digest)s"
        assert column in {"revoked_at", "expires_at"}
        doors.service.sql(cast("Any", query.format(column)), digest=tokens.digest(token))
        yield bearer(token), f"The access token {said}"


@pytest.mark.parametrize(("method", "path", "rule"), PROTECTED)
def test_a_protected_route_is_401_without_a_token_in_force(
    doors: Doors, method: str, path: str, rule: Needs
) -> None:
    for authorization, said in _unwelcome(doors, rule):
        refused(doors.ask(method, path, rule, authorization), 401, {"access_token": said})


@pytest.mark.parametrize(("method", "path", "rule"), PROTECTED)
def test_a_protected_route_is_403_with_every_scope_but_its_own(
    doors: Doors, method: str, path: str, rule: Needs
) -> None:
    others = doors.token(*(tokens.SCOPES - {rule.scope}))
    higher = {"access_token": "The request requires higher privileges"}
    for token in (others, doors.token()):
        refused(doors.ask(method, path, rule, bearer(token)), 403, higher)


@pytest.mark.parametrize(("method", "path", "rule"), PROTECTED)
def test_a_protected_route_knows_nothing_of_another_project_and_lets_its_own_in(
    doors: Doors, method: str, path: str, rule: Needs
) -> None:
    theirs = doors.ask(method, path, rule, bearer(doors.token(rule.scope, project="sport")))
    ours = doors.ask(method, path, rule, bearer(doors.token(rule.scope)))
    if rule.of is not None:
        refused(theirs, 404, {"id": str})
    for answer in (theirs, ours):
        assert answer.status_code not in {401, 403}
    assert ours.status_code not in {404, 500}


@pytest.mark.parametrize(
    ("method", "path"), [route for route, rule in RULES.items() if isinstance(rule, Public)]
)
def test_a_public_route_asks_for_no_token_and_is_not_moved_by_one(
    doors: Doors, method: str, path: str
) -> None:
    url = doors.filled(path, RULES[(method, path)])
    for headers in ({}, {"Authorization": "Bearer x"}, {"Cookie": "session=x"}):
        answer = doors.client.request(method, url, headers=headers)
        assert answer.status_code not in {401, 403}
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", sorted({path for _, path in RULES}))
def test_a_method_that_is_not_declared_is_405_with_those_that_are(doors: Doors, path: str) -> None:
    known = {method for method, other in RULES if other == path}
    rule = next(rule for (_, other), rule in RULES.items() if other == path)
    for method in set(METHODS) - known:
        answer = doors.client.request(method, doors.filled(path, rule))
        assert answer.status_code == 405, f"{method} {path}"
        assert set(answer.headers["allow"].split(", ")) == known
        assert "access-control-allow-origin" not in answer.headers


def _token_is_good(url: str, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/api/v1/mediaLibrary?ids=x", headers=headers).status_code == 200


@pytest.mark.timeout(180)
def test_a_revoked_token_ends_at_every_process_of_the_api_at_once(doors: Doors) -> None:
    service = doors.service
    token = doors.token(READ)
    with services.folder() as data_dir:
        environment = service.environment | {"WIREPHOTO_DATA_DIR": str(data_dir)}
        with services.started(data_dir, environment, 0) as process:
            urls = [service.url, services._address(process, data_dir)]
            for _ in range(3):  # whatever might be kept is kept by now
                assert [_token_is_good(url, token) for url in urls] == [True, True]
            ((number,),) = service.sql(
                "select id from tokens where digest = %(digest)s", digest=tokens.digest(token)
            )
            ended = services.run("token", "revoke", str(number), environment=environment)
            assert ended.returncode == 0, ended.stderr
            assert [_token_is_good(url, token) for url in urls] == [False, False]
