"""Every route of the pages has a rule: the scope that it needs. A route without a rule fails.

To add one, put a line into ``RULES``: method and path as they are declared, and the scope.
"""

from collections.abc import Iterator

import fastapi.routing
import httpx
import pytest

from tests.fixtures import service as services
from wirephoto.project import tokens
from wirephoto.web import app as web
from wirephoto.web import sessions

READ, WRITE, ADMIN, METRICS = "ui:read", "ui:write", "ui:admin", "metrics:read"
DOOR = "the door"
RULES = {
    ("GET", "/"): READ,
    ("GET", "/signin"): DOOR,
    ("POST", "/signin"): DOOR,
    ("POST", "/signout"): DOOR,
    ("GET", "/jobs"): READ,
    ("GET", "/jobs/live"): READ,
    ("GET", "/jobs/{public_id}"): READ,
    ("GET", "/jobs/{public_id}/live"): READ,
    ("GET", "/jobs/{public_id}/failed.csv"): READ,
    ("POST", "/jobs/{public_id}/retry"): WRITE,
    ("POST", "/jobs/{public_id}/cancel"): WRITE,
    ("POST", "/jobs/{public_id}/deliveries/{delivery}/resend"): WRITE,
    ("GET", "/library"): READ,
    ("GET", "/library/more"): READ,
    ("GET", "/library/{id}"): READ,
    ("POST", "/library/{id}"): WRITE,
    ("POST", "/library/{id}/act"): WRITE,
    ("GET", "/import"): READ,
    ("POST", "/import"): WRITE,
    ("GET", "/import/{public_id}"): READ,
    ("POST", "/import/{public_id}"): WRITE,
    ("GET", "/import/{public_id}/left-out.csv"): READ,
    ("GET", "/settings"): READ,
    ("GET", "/settings/media-types"): READ,
    ("GET", "/settings/tokens"): ADMIN,
    ("POST", "/settings/tokens"): ADMIN,
    ("POST", "/settings/tokens/{number}/revoke"): ADMIN,
    ("GET", "/settings/health"): METRICS,
    ("POST", "/settings/health"): METRICS,
}
GUARDED = {route: scope for route, scope in RULES.items() if scope != DOOR}
LET_IN = {READ: {READ}, WRITE: {READ, WRITE}, ADMIN: {READ, WRITE, ADMIN}}


def declared() -> set[tuple[str, str]]:
    """Method and path of every page."""
    built = fastapi.FastAPI()
    web.add(built)
    return {
        (method, found.path)
        for found in fastapi.routing.iter_route_contexts(built.routes)
        for method in found.methods or ()
        if found.path and not found.path.startswith(("/static", "/openapi", "/docs", "/redoc"))
    }


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url, workers=0) as service:
        yield service


@pytest.fixture(scope="module")
def visitors(running: services.Service) -> Iterator[dict[str, httpx.Client]]:
    """One for each scope that lets in, with it alone, and one who has what is not of a project."""
    held = {READ: [READ], WRITE: [WRITE], ADMIN: [ADMIN], METRICS: [READ, METRICS]}
    clients = {}
    for name, scopes in held.items():
        clients[name] = httpx.Client(base_url=running.url, timeout=30)
        answer = clients[name].post("/signin", data={"token": running.new_token(*scopes)})
        assert answer.status_code == 303
    yield clients
    for client in clients.values():
        client.close()


def test_every_page_has_a_rule_and_every_rule_its_page() -> None:
    assert declared() == set(RULES)


def test_a_session_has_no_other_scopes_than_there_are() -> None:
    assert {READ, WRITE, ADMIN, METRICS} < tokens.SCOPES


@pytest.mark.parametrize("route", sorted(GUARDED), ids=" ".join)
@pytest.mark.parametrize("held", [READ, WRITE, ADMIN, METRICS])
def test_a_page_lets_in_who_has_its_scope_and_nobody_else(
    visitors: dict[str, httpx.Client], route: tuple[str, str], held: str
) -> None:
    method, path = route
    asked = path.format(public_id="nothing", delivery="msg_1", id="nothing", number=2_000_000_000)
    data = {"csrf": _word(visitors[held])} if method == "POST" else None
    may = GUARDED[route] in LET_IN.get(held, {READ, METRICS})
    with visitors[held].stream(method, asked, data=data) as answer:  # some have no end
        assert (answer.status_code == 403) != may
        assert answer.status_code < 500


def _word(client: httpx.Client) -> str:
    """What forms of this session carry, by the rule of ``sessions.Visitor.csrf``."""
    (cookie,) = (one.value for one in client.cookies.jar if one.name == sessions.COOKIE)
    return sessions.Visitor(cookie or "", 1, "", None, "", frozenset()).csrf
