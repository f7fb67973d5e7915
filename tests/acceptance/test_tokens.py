"""Who may do what: tokens, scopes, projects that do not see each other, and versions."""

import dataclasses
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures
from wirephoto.project import tokens

READ, WRITE = "public-api:read", "public-api:write"
STATUS = "/api/v1/import/images/status?id=x"
ROUTES = [
    ("POST", "/api/v1/import/images", WRITE),
    ("GET", STATUS, WRITE),
    ("GET", "/api/v1/mediaLibrary/x", READ),
    ("GET", "/api/v1/mediaLibrary?ids=x", READ),
]
HIGHER = {"access_token": "The request requires higher privileges"}


@pytest.fixture(scope="module")
def two_projects(module_database_url: str) -> Iterator[services.Service]:
    """A service with the projects ``default`` and ``sport``, the latter by its file."""
    media_type = {"handle": "image", "type": "mediaImage", "metadata": []}
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "sport.json").write_text(json.dumps({"mediaTypes": [media_type]}))
        with services.serving(module_database_url, data_dir=data_dir) as running:
            yield running


@pytest.fixture(scope="module")
def sport(two_projects: services.Service) -> Iterator[services.Service]:
    """The same service as the project ``sport`` sees it."""
    token = two_projects.new_token(READ, WRITE, project="sport")
    seen = dataclasses.replace(two_projects, token=token)
    with seen.client:
        yield seen


def call(
    service: services.Service, method: str, path: str, authorization: str | None
) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    with httpx.Client(base_url=service.url, headers=headers, timeout=30) as client:
        return client.request(method, path)


def bearer(token: str) -> str:
    return f"Bearer {token}"


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_without_a_token_every_route_is_401_and_says_so(
    two_projects: services.Service, method: str, path: str, scope: str
) -> None:
    answer = call(two_projects, method, path, None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    expected = {"access_token": "The access token is missing."}
    shapes.check(answer.json(), shapes.error(401, expected))


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer nonsense",
        "Bearer wp_" + "a" * 44,
        bearer(tokens.mint()),
        bearer(tokens.mint()[:-1]),
        bearer("x" * 5000),
    ],
    ids=["nonsense", "wrong checksum", "never issued", "cut", "long"],
)
def test_a_token_that_is_none_of_ours_is_401(
    two_projects: services.Service, authorization: str
) -> None:
    answer = call(two_projects, "GET", STATUS, authorization)
    assert answer.status_code == 401
    expected = {"access_token": "The access token is unknown."}
    shapes.check(answer.json(), shapes.error(401, expected))


@pytest.mark.parametrize("authorization", ["Bearer", "Basic YTpi", "", "wp_x"])
def test_a_header_that_holds_no_bearer_token_is_401(
    two_projects: services.Service, authorization: str
) -> None:
    answer = call(two_projects, "GET", STATUS, authorization)
    assert answer.status_code == 401
    expected = {"access_token": "The access token is missing."}
    shapes.check(answer.json(), shapes.error(401, expected))


def test_a_token_counts_until_it_expires(two_projects: services.Service) -> None:
    token = two_projects.new_token(READ)
    assert two_projects.get("/mediaLibrary", token, ids="x").status_code == 200
    two_projects.sql(
        "update tokens set expires_at = now() where digest = %(digest)s",
        digest=tokens.digest(token),
    )
    answer = two_projects.get("/mediaLibrary", token, ids="x")
    expected = {"access_token": "The access token expired."}
    shapes.check(answer.json(), shapes.error(401, expected))


def test_a_revoked_token_ends_at_once(two_projects: services.Service) -> None:
    token = two_projects.new_token(READ)
    ((number,),) = two_projects.sql(
        "select id from tokens where digest = %(digest)s", digest=tokens.digest(token)
    )
    done = services.run("token", "revoke", str(number), environment=two_projects.environment)
    assert done.returncode == 0
    answer = two_projects.get("/mediaLibrary", token, ids="x")
    expected = {"access_token": "The access token was revoked."}
    shapes.check(answer.json(), shapes.error(401, expected))


def test_a_token_without_the_scope_of_a_route_is_403(two_projects: services.Service) -> None:
    only = {scope: bearer(two_projects.new_token(scope)) for scope in (READ, WRITE)}
    other = {READ: WRITE, WRITE: READ}
    for method, path, scope in ROUTES:
        answer = call(two_projects, method, path, only[other[scope]])
        assert answer.status_code == 403, path
        shapes.check(answer.json(), shapes.error(403, HIGHER))
        assert call(two_projects, method, path, only[scope]).status_code != 403


def test_tokens_are_kept_as_digests_alone(
    two_projects: services.Service, sport: services.Service
) -> None:
    kept = two_projects.sql("select tokens::text from tokens")
    assert sport.token.removeprefix("wp_")[:20] not in str(kept) + two_projects.log()


def test_jobs_and_entries_of_another_project_do_not_exist(
    two_projects: services.Service, gallery: galleries.Gallery, sport: services.Service
) -> None:
    url = gallery.hang("/1.jpg", pictures.jpeg(1))
    job = two_projects.accept([services.image(url, "1")], "shared")
    (row,) = two_projects.wait(job)["images"]
    entry = row["image"]["mediaId"]
    for path, params in (
        ("/import/images/status", {"id": job}),
        (f"/mediaLibrary/{entry}", {}),
    ):
        assert two_projects.get(path, **params).status_code == 200
        hidden = sport.get(path, **params)
        assert hidden.status_code == 404
        shapes.check(hidden.json(), shapes.error(404, {"id": str}))
    for params in ({"ids": entry}, {"systemName": "shared", "externalId": "1"}):
        assert len(two_projects.get("/mediaLibrary", **params).json()) == 1
        assert sport.get("/mediaLibrary", **params).json() == []


def test_the_same_pair_and_bytes_in_two_projects_are_two_entries_and_two_objects(
    two_projects: services.Service, gallery: galleries.Gallery, sport: services.Service
) -> None:
    url = gallery.hang("/2.jpg", pictures.jpeg(2))
    (ours,) = two_projects.bring([services.image(url, "1")], "both")
    (theirs,) = sport.bring([services.image(url, "1")], "both")
    assert theirs["state"] == "success"
    assert theirs["image"]["mediaId"] != ours["image"]["mediaId"]
    keys = [row["image"]["url"].partition("serve-image/")[2] for row in (ours, theirs)]
    assert [key.split("/")[0] for key in keys] == ["default", "sport"]
    assert keys[0].rsplit("/", 1)[1] != keys[1].rsplit("/", 1)[1]


@pytest.mark.parametrize("version", ["v1", "2025-03", "2025-11", "2026-01", "2026-11"])
def test_versions_are_v1_and_every_odd_month_since_march_2025(
    two_projects: services.Service, version: str
) -> None:
    answer = two_projects.client.get(f"/api/{version}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "version", ["2025-04", "v2", "2024-01", "2025-01", "2027-01", "V1", "v1%00", "2025-3", "v1%2f"]
)
def test_any_other_version_is_404(two_projects: services.Service, version: str) -> None:
    answer = two_projects.client.get(f"/api/{version}/health")
    assert answer.status_code == 404
    shapes.check(answer.json(), shapes.error(404))


def test_every_route_refuses_an_unknown_version(two_projects: services.Service) -> None:
    for method, path, _ in ROUTES:
        answer = two_projects.client.request(method, path.replace("/v1/", "/v2/"))
        assert answer.status_code == 404, path


def test_an_unknown_path_or_method_is_answered_in_the_one_shape(
    two_projects: services.Service,
) -> None:
    lost = two_projects.client.get("/api/v1/nothing")
    shapes.check(lost.json(), shapes.error(404, {"path": str}))
    wrong = two_projects.client.delete("/api/v1/import/images")
    assert wrong.status_code == 405
    expected = {"status": 405, "error": "Method Not Allowed", "error_details": {"method": str}}
    shapes.check(wrong.json(), expected)
